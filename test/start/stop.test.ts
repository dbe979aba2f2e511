import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../support/loopback.ts'
import { isAlive, projectOnDisk, until } from './project-on-disk.ts'

test('Ctrl-C waits for what runs, tells so, and starts nothing more', async () => {
  const on = projectOnDisk({ worker: {}, other: {} })
  on.hold()
  const host = on.startHost(await freePort())
  await host.ready()
  expect(JSON.parse(readFileSync(join(on.project, '.al/host.json'), 'utf8'))).toMatchObject({ pid: host.child.pid })
  await host.ask('POST', '/control/trigger/worker')
  await until(() => on.journal().length === 1)
  host.child.kill('SIGINT')
  await until(() => host.said('waiting for 1 run'))
  await host.ask('POST', '/control/trigger/other')
  on.letGo()
  expect(await host.ended).toBe(0)
  expect(on.journal()).toHaveLength(1)
  expect(host.events.filter(({ kind }) => kind === 'ended')).toMatchObject([{ agent: 'worker', level: 'info' }])
  expect(existsSync(join(on.project, '.al/host.json'))).toBe(false)
})

test('Ctrl-C pressed again kills what runs, within ten seconds', async () => {
  const on = projectOnDisk({ worker: {} })
  on.hold()
  const host = on.startHost(await freePort())
  await host.ready()
  await host.ask('POST', '/control/trigger/worker')
  await until(() => on.journal().length === 1)
  host.child.kill('SIGINT')
  await until(() => host.said('waiting for 1 run'))
  const since = performance.now()
  host.child.kill('SIGINT')
  expect(await host.ended).toBe(0)
  expect(performance.now() - since).toBeLessThan(10_000)
  expect(isAlive(on.journal()[0]?.pid ?? 0)).toBe(false)
  expect(host.events.filter(({ kind }) => kind === 'ended')).toMatchObject([
    { text: expect.stringContaining('killed') },
  ])
})

test('the gateway can be asked to stop the host, which waits for what runs', async () => {
  const on = projectOnDisk({ worker: {} })
  on.hold()
  const host = on.startHost(await freePort())
  await host.ready()
  await host.ask('POST', '/control/trigger/worker')
  await until(() => on.journal().length === 1)
  expect((await host.ask('POST', '/control/stop')).status).toBe(200)
  await until(() => host.said('waiting for 1 run'))
  on.letGo()
  expect(await host.ended).toBe(0)
})

test('nothing that is printed or logged holds a key or a ticket, and logs are served', async () => {
  const on = projectOnDisk({ worker: {} })
  const host = on.startHost(await freePort())
  await host.ready()
  await host.ask('POST', '/control/trigger/worker')
  await until(() => host.events.some(({ kind }) => kind === 'ended'))
  const agentLog = await host.ask('GET', '/api/logs/agents/worker')
  expect(agentLog.body).toMatchObject({
    entries: expect.arrayContaining([expect.objectContaining({ msg: 'assistant', text: 'I am at work' })]),
  })
  const schedulerLog = await host.ask('GET', '/api/logs/scheduler')
  expect(schedulerLog.status).toBe(200)
  expect(host.events.map(({ text }) => text)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^started \(manual\)/), 'I am at work', 'holding on']),
  )
  host.child.kill('SIGINT')
  await host.ended
  const all = [JSON.stringify(host.events), host.errors(), JSON.stringify([agentLog.body, schedulerLog.body])].join(
    '\n',
  )
  expect(all).not.toContain(on.key())
  expect(all).not.toContain('canary')
  expect(all).not.toMatch(/worker-[a-z0-9]{20}\.[\w-]{20,}/)
  expect(all).not.toMatch(/"(session|tickets)"/)
})
