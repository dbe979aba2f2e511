import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../support/loopback.ts'
import { projectOnDisk, until } from './project-on-disk.ts'

test('agents can be added, changed and removed while the host runs; a broken change changes nothing', async () => {
  const on = projectOnDisk({ one: {}, gone: {} })
  const host = on.startHost(await freePort())
  await host.ready()
  const trigger = async (agent: string) => (await host.ask('POST', `/control/trigger/${agent}`)).status

  expect(await trigger('two')).toBe(404)
  on.writeAgent('two', {})
  await until(() => host.said('added two'))
  expect(await trigger('two')).toBe(200)
  await until(() => on.journal().some(({ run }) => run.startsWith('two-')))

  // Broken: everything goes on as before.
  writeFileSync(join(on.project, 'agents/two/agent-config.toml'), 'schedule = "never"\n')
  await until(() => host.said('the change is not in use'))
  expect(host.events.find(({ text }) => text.includes('not in use'))?.text).toContain('agents/two/agent-config.toml')
  await until(async () => (await trigger('two')) === 200)

  on.writeAgent('two', { params: { version: 2 } })
  await until(() => host.said('changed two'))
  await until(async () => (await trigger('two')) === 200)
  await until(() => on.journal().some(({ version }) => version === 'v2'))

  // What an agent needs has to be there before it is used.
  on.writeAgent('three', { more: 'credentials = ["github_token"]' })
  await until(() => host.said('al creds add github_token'))
  expect(await trigger('three')).toBe(404)
  on.store('github_token/default/token', 'ghp_x')
  await until(() => host.said('added three'))
  expect(host.events.filter(({ text }) => text.includes('al creds add github_token'))).toHaveLength(1)

  rmSync(join(on.credentials, 'github_token'), { recursive: true })
  expect(await trigger('three')).toBe(200)
  const missing = 'could not be started: token of github_token is missing; `al creds add github_token` stores it'
  await until(() => host.said(missing))
  on.store('github_token/default/token', 'ghp_x')

  rmSync(join(on.project, 'agents/gone'), { recursive: true })
  await until(() => host.said('removed gone'))
  expect(await trigger('gone')).toBe(404)

  writeFileSync(join(on.project, '.env.toml'), '[gateway]\nport = 9\n')
  await until(() => host.said('gateway.port was changed'))
  writeFileSync(join(on.project, '.env.toml'), 'nonsense')
  await until(() => host.said('.env.toml:1'))
  rmSync(join(on.project, '.env.toml'))
  await until(() => host.said('the project is again what is in use'))
  expect(host.events.filter(({ text }) => text.includes('gateway.port was changed'))).toHaveLength(1)
  host.child.kill('SIGINT')
  expect(await host.ended).toBe(0)
})
