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
  on.writeAgent('three', { more: 'credentials = ["github_token"]', params: { version: 3 } })
  await until(() => host.said('added three'))

  rmSync(join(on.project, 'agents/gone'), { recursive: true })
  await until(() => host.said('removed gone'))
  expect(await trigger('gone')).toBe(404)

  writeFileSync(join(on.project, '.env.toml'), '[gateway]\nport = 9\n')
  await until(() => host.said('gateway.port was changed'))
  host.child.kill('SIGINT')
  expect(await host.ended).toBe(0)
})
