import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Launcher, LaunchOrder } from '../../core/scheduler/launcher.ts'
import { agent, decisionsOf, machine } from './machine.ts'

const key = { read: async () => 'the-key', refresh: async () => 'the-key' }
const authorization = { authorization: 'Bearer the-key' }
const handout = async () => undefined
const manual = (name: string) => ({ agent: name, trigger: { kind: 'manual' }, whenBusy: 'refuse' }) as const
const schedule = { line: '* * * * *', timezone: 'UTC' }

/** Starts nothing, and writes down what it was asked to start. */
const recording = (orders: LaunchOrder[]): Launcher => ({
  async launch(order) {
    orders.push(order)
    return { kind: 'started' }
  },
  async stop() {},
})

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5)
}

test('after a reload new agents are known, removed ones are not, and what runs goes on', async () => {
  await using one = await machine({ agents: [agent('old'), agent('kept')], container: 'stays' })
  const host = await one.start({ secrets: key })
  await host.plane.trigger(manual('old'))
  await until(async () => (await host.plane.overview()).runs.some(({ state }) => state === 'running'))
  await host.plane.pauseAgent('kept')
  host.reload({ decisions: decisionsOf([agent('kept'), agent('new')]), handout })
  const trigger = (name: string) =>
    fetch(`${host.url}/control/trigger/${name}`, {
      method: 'POST',
      headers: { ...authorization, 'content-type': 'application/json' },
      body: '{}',
    })
  expect((await trigger('new')).status).toBe(200)
  expect((await trigger('old')).status).toBe(404)
  // Paused is what somebody has said, not what the project says.
  expect((await trigger('kept')).status).toBe(409)
  expect((await host.plane.history('old'))[0]).toMatchObject({ state: 'running' })
})

test('schedules follow the project, without a minute lost or told twice', async () => {
  await using one = await machine({ agents: [agent('a', { schedule })], at: '2026-06-01T09:59:30Z' })
  const host = await one.start()
  await one.advance(60_000)
  host.reload({ decisions: decisionsOf([agent('a', { schedule }), agent('b', { schedule })]), handout })
  await one.advance(60_000)
  host.reload({ decisions: decisionsOf([agent('b', { schedule })]), handout })
  await one.advance(60_000)
  expect(one.ticks().sort()).toEqual([
    'a 06-01T10:00 started',
    'a 06-01T10:01 started',
    'b 06-01T10:01 started',
    'b 06-01T10:02 started',
  ])
})

test('no request is dropped while the rules are exchanged', async () => {
  await using one = await machine({ agents: [agent('a')] })
  const host = await one.start({ secrets: key })
  let going = true
  const statuses: number[] = []
  const client = async () => {
    while (going) statuses.push((await fetch(`${host.url}/control/status`, { headers: authorization })).status)
  }
  const clients = Promise.all([client(), client(), client(), client()])
  for (let i = 0; i < 50; i++) {
    host.reload({ decisions: decisionsOf([agent('a'), agent(`b${i}`)]), handout })
    await sleep(2)
  }
  going = false
  await clients
  expect(new Set(statuses)).toEqual(new Set([200]))
})

test('what comes in before the host begins is kept, and starts once when it does', async () => {
  await using one = await machine({ agents: [agent('a', { schedule })], container: 'stays' })
  const host = await one.start({ begin: 'later' })
  expect(await host.plane.trigger(manual('a'))).toMatchObject({ kind: 'started' })
  expect(one.launched).toEqual([])
  await host.begin()
  await until(async () => (await host.plane.history('a')).every(({ state }) => state === 'running'))
  expect(one.launched).toHaveLength(1)
  expect(await host.plane.history('a')).toHaveLength(1)
})

test('a start that an earlier host has promised is made by the next one at once, and one that it made is not made again', async () => {
  await using one = await machine({ agents: [agent('promised'), agent('made')], container: 'stays' })
  const first = await one.start({ begin: 'later' })
  await first.plane.trigger(manual('promised'))
  await first.plane.trigger(manual('made'))
  const [made] = await first.plane.history('made')
  await first.close()
  one.left.push({ agent: 'made', suffix: made?.suffix ?? '', attempt: 1, compute: 'docker', container: 'c' })
  const second = await one.start({ begin: 'later' })
  await second.begin()
  expect(one.launched.map(({ run, attempt }) => [run.split('-')[0], attempt])).toEqual([['promised', 2]])
})

test('a machine that cannot say what runs does not keep a host from beginning', async () => {
  await using one = await machine({ agents: [agent('a')], container: 'stays' })
  const orders: LaunchOrder[] = []
  const host = await one.start({
    begin: 'later',
    launcher: () => ({
      ...recording(orders),
      // biome-ignore lint/correctness/useYield: it fails before it has anything to say.
      async *running() {
        throw new Error('socket hang up')
      },
    }),
  })
  await host.plane.trigger(manual('a'))
  await host.begin()
  expect(one.logged('what an earlier host began was not looked for')).toMatchObject([
    { level: 'warn', fields: { error: 'Error: socket hang up' } },
  ])
  expect(orders).toHaveLength(1)
})

test('a host that leaves starts nothing more, stores what comes in, and waits for what runs', async () => {
  await using one = await machine({ agents: [agent('a', { scale: 3 })], container: 'stays' })
  const waiting: number[] = []
  const host = await one.start({ onWaiting: (runs) => waiting.push(runs) })
  await host.plane.trigger(manual('a'))
  await until(async () => (await host.plane.overview()).runs.some(({ state }) => state === 'running'))
  const left = host.leave()
  await until(() => waiting.length > 0)
  expect(await host.plane.trigger(manual('a'))).toMatchObject({ kind: 'started' })
  expect(one.launched).toHaveLength(1)
  const [run] = (await host.plane.history('a')).filter(({ state }) => state === 'running')
  const session = { agent: 'a', suffix: run?.suffix ?? '', hash: run?.session ?? '' }
  await host.plane.finish(session, { outcome: 'completed' })
  await left
  expect(waiting).toEqual([1, 0])
  const next = await one.start({ begin: 'later' })
  await next.begin()
  await until(() => one.launched.length === 2)
  expect((await next.plane.history('a')).map(({ state }) => state)).toContain('done')
})

test('a host that has waited long enough kills what is left, and what waits in a queue stays', async () => {
  await using one = await machine({ agents: [agent('a')], container: 'stays' })
  const host = await one.start()
  await host.plane.trigger(manual('a'))
  await until(async () => (await host.plane.overview()).runs.some(({ state }) => state === 'running'))
  const webhook = { kind: 'webhook', source: 'github', event: 'push', delivery: 'd' } as const
  await host.plane.trigger({ agent: 'a', trigger: webhook, whenBusy: 'queue' })
  const left = host.leave(100)
  await until(() => one.stopped.length > 0)
  const [run] = (await host.plane.overview()).runs
  const session = { agent: 'a', suffix: run?.suffix ?? '', hash: run?.session ?? '' }
  await host.plane.finish(session, { outcome: 'killed' })
  await left
  await expect(fetch(`${host.url}/health`)).rejects.toThrow('fetch failed')
  const next = await one.start({ begin: 'later' })
  expect((await next.plane.history('a')).map(({ state, outcome }) => outcome ?? state).sort()).toEqual([
    'killed',
    'starting',
  ])
})

test('containers reach their own routes at their address, and nothing else', async () => {
  await using one = await machine({ agents: [agent('a')] })
  const host = await one.start({ secrets: key, containerAddresses: ['127.0.0.2'] })
  const inner = host.url.replace('127.0.0.1', '127.0.0.2')
  const statusOf = async (method: string, url: string) => {
    const answer = await fetch(url, {
      method,
      headers: { ...authorization, 'content-type': 'application/json' },
      ...(method === 'POST' && { body: '{}' }),
    })
    return answer.status
  }
  expect(await statusOf('GET', `${inner}/health`)).toBe(200)
  for (const path of ['/runs/claim', '/locks/acquire', '/calls', '/signals/status', '/shutdown', '/runs/heartbeat']) {
    expect([path, await statusOf('POST', `${inner}${path}`)]).toEqual([path, expect.not.toBeOneOf([404, 405, 200])])
  }
  for (const path of [
    '/control/status',
    '/locks/status',
    '/api/logs/scheduler',
    '/openapi.json',
    '/control/instances',
  ]) {
    expect([path, await statusOf('GET', `${host.url}${path}`)]).toEqual([path, expect.not.toBeOneOf([404])])
    expect([path, await statusOf('GET', `${inner}${path}`)]).toEqual([path, 404])
  }
  for (const path of ['/webhooks/github', '/control/stop', '/control/pause', '/control/trigger/a']) {
    expect([path, await statusOf('POST', `${inner}${path}`)]).toEqual([path, 404])
  }
})

test('also where all addresses are listened on', async () => {
  await using one = await machine({ agents: [agent('a')] })
  const host = await one.start({ secrets: key, hostname: '0.0.0.0', containerAddresses: ['127.0.0.2'] })
  const { port } = new URL(host.url)
  const status = async (address: string) =>
    (await fetch(`http://${address}:${port}/control/status`, { headers: authorization })).status
  expect([await status('127.0.0.1'), await status('127.0.0.2')]).toEqual([200, 404])
})

test('an address that cannot be had leaves nothing behind', async () => {
  await using one = await machine({ agents: [] })
  await expect(one.start({ containerAddresses: ['127.0.0.2', '192.0.2.1'] })).rejects.toThrow(
    'cannot listen on 192.0.2.1',
  )
  const host = await one.start({ containerAddresses: ['127.0.0.2'] })
  expect((await fetch(`${host.url}/health`)).status).toBe(200)
})

test('a launch that is under way when the gate opens is told of once', async () => {
  await using one = await machine({ agents: [agent('a', { scale: 5 })] })
  const orders: LaunchOrder[] = []
  const host = await one.start({
    begin: 'later',
    launcher: () => recording(orders),
  })
  await Promise.all([host.plane.trigger(manual('a')), host.plane.trigger(manual('a')), host.begin()])
  expect(new Set(orders.map(({ run }) => run)).size).toBe(2)
  expect(orders).toHaveLength(2)
})
