import { expect, test } from 'vitest'
import { freePort } from '../support/loopback.ts'
import { isAlive, projectOnDisk, until } from './project-on-disk.ts'

const webhooks = '[webhooks.test]\ntype = "test"\nallowUnsigned = true\n'
const listens = '[[webhooks]]\nsource = "test"\n'

interface RunView {
  readonly id: string
  readonly status: string
  readonly outcome?: string
}

test('a host that is killed loses no run, queue entry or lock, starts nothing twice and leaves no orphan', async () => {
  const on = projectOnDisk({ worker: { params: { lock: 'the lock' }, more: listens } }, webhooks)
  on.hold()
  const port = await freePort()
  const first = on.startHost(port)
  await first.ready()
  for (let i = 1; i <= 4; i++) {
    const answer = await fetch(`${first.url}/webhooks/test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-test-delivery': `d${i}` },
      body: JSON.stringify({ event: 'go', repo: 'acme/x', n: i }),
    })
    expect(answer.status).toBe(200)
  }
  await until(() => on.journal().length === 1)
  await until(async () => JSON.stringify((await first.ask('GET', '/locks/status')).body).includes('the lock'))
  first.child.kill('SIGKILL')
  await first.ended
  const [{ pid } = { pid: 0 }] = on.journal()
  expect(isAlive(pid)).toBe(true)

  const second = on.startHost(port)
  await second.ready()
  expect(JSON.stringify((await second.ask('GET', '/locks/status')).body)).toContain('the lock')
  expect((await second.ask('GET', '/control/status')).body).toMatchObject({
    running: 1,
    agents: [{ name: 'worker', runningCount: 1, queuedWebhooks: 3 }],
  })
  on.letGo()
  const runs = async () => (await second.ask('GET', '/control/agents/worker/runs')).body.runs as unknown as RunView[]
  await until(async () => (await runs()).every(({ status }) => status === 'done'))
  expect((await runs()).map(({ outcome }) => outcome)).toEqual(Array(4).fill('completed'))
  // Each ran once, in one process.
  expect(new Set(on.journal().map(({ run }) => run)).size).toBe(4)
  expect(on.journal()).toHaveLength(4)
  await until(() => on.journal().every((entry) => !isAlive(entry.pid)))
  second.child.kill('SIGINT')
  expect(await second.ended).toBe(0)
})

test('an agent that ended while no host was there is recorded as it ended', async () => {
  const on = projectOnDisk({ worker: {} })
  on.hold()
  const port = await freePort()
  const first = on.startHost(port)
  await first.ready()
  await first.ask('POST', '/control/trigger/worker')
  await until(() => on.journal().length === 1)
  first.child.kill('SIGKILL')
  await first.ended
  const [{ pid } = { pid: 0 }] = on.journal()
  process.kill(-pid, 'SIGKILL')
  await until(() => !isAlive(pid))
  const second = on.startHost(port)
  await second.ready()
  const runs = async () => (await second.ask('GET', '/control/agents/worker/runs')).body.runs as unknown as RunView[]
  await until(async () => (await runs()).every(({ status }) => status === 'done'))
  expect(await runs()).toMatchObject([{ outcome: 'error' }])
  second.child.kill('SIGTERM')
  expect(await second.ended).toBe(0)
})
