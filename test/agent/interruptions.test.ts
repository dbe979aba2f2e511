import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Handout } from '../../core/plan/decisions.ts'
import { parseRunId } from '../../core/scheduler/run.ts'
import { asEnvironment, type StartMessage } from '../../core/scheduler/start-message.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import { agentHost, eventually, type InstalledAgent, installAgent, startContainer } from './agent-host.ts'
import { type Fate, gatewayBetween } from './gateway-between.ts'

let agent: InstalledAgent
beforeAll(async () => {
  agent = await installAgent()
}, 60_000)
afterAll(() => agent?.[Symbol.dispose]())

type Options = Partial<Parameters<typeof agentHost>[0]>
const hostFor = (config: Partial<Handout>, more: Options = {}) => agentHost({ app: agent.app, config, ...more })
const shell = (command: string) => ({ provider: 'shell', params: { command } }) as const

/** Whether a process is at work; one that waits for its parent to look at it is not. */
function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

/** The process id that a command of the agent has written to `pid` in its work directory. */
const pidOf = (work: string) =>
  eventually(() => {
    const file = join(work, 'pid')
    const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
    return text === '' ? undefined : Number(text)
  })

const sleeper = 'echo $$ > pid; exec sleep 600'
/** Leaves the group it was started in, and everything that could tell whose child it is. */
const runaway = 'setsid sh -c "echo \\$\\$ > pid; exec sleep 600" > /dev/null 2>&1 &'

test.each([
  ['a preflight step sleeps', { testScript: 'true', preflight: [shell(sleeper)] }],
  ['the agent works', { testScript: sleeper }],
  ['it works in a process that has left its group', { testScript: `${runaway}\nsleep 600` }],
])('a kill while %s ends the run and its processes within 5 s', async (_, config) => {
  await using host = await hostFor(config)
  const id = await host.trigger()
  const container = await eventually(() => host.containers[0])
  const pid = await pidOf(container.work)
  const began = performance.now()
  await host.host.plane.kill(refOf(id), 'the operator said so')
  const run = await host.done(id)
  expect(await container.ended).toBe(137)
  expect(performance.now() - began).toBeLessThan(3000)
  expect(run).toMatchObject({ outcome: 'killed', code: 137, reason: 'the operator said so', said: true })
  expect(isAlive(pid)).toBe(false)
})

test('a kill while the model is asked and a tool runs ends both', async () => {
  const scripts = {
    tool: { turns: [{ tools: [{ name: 'bash', input: { command: sleeper } }] }] },
    hang: { turns: [{ fail: 'hang' }] },
  } as const
  const model = await startScriptedModel({ scripts })
  for (const script of ['tool', 'hang'] as const) {
    const known = model.requests.length
    await using host = await hostFor(
      {
        model: { provider: 'anthropic', model: `scripted/${script}`, baseUrl: model.url },
        secrets: [key],
      },
      { credentials: { 'anthropic_key/default/token': 'sk-canary-of-the-model' } },
    )
    const id = await host.trigger()
    const container = await eventually(() => host.containers[0])
    await eventually(() => (model.requests.length > known ? true : undefined))
    const pid = script === 'tool' ? await pidOf(container.work) : undefined
    const began = performance.now()
    await host.host.plane.kill(refOf(id), 'enough')
    expect(await host.done(id)).toMatchObject({ outcome: 'killed', code: 137, reason: 'enough' })
    expect(await container.ended).toBe(137)
    expect(performance.now() - began).toBeLessThan(3000)
    if (pid !== undefined) expect(isAlive(pid)).toBe(false)
  }
  await model.close()
})

const key: Handout['secrets'][number] = {
  id: 'anthropic_key/default/token',
  type: 'anthropic_key',
  instance: 'default',
  field: 'token',
  optional: false,
  why: 'model',
}

function refOf(id: string) {
  const ref = parseRunId(id)
  if (ref === undefined) throw new Error(`${id} is no run id`)
  return ref
}

test('a run that was killed before its container came is not begun: the container exits 0', async () => {
  const launched = Promise.withResolvers<StartMessage>()
  await using host = await hostFor(
    { testScript: 'echo began' },
    { launch: (order, gateway) => launched.resolve({ ...order, gateway }) },
  )
  const id = await host.trigger()
  const start = await launched.promise
  await host.host.plane.kill(refOf(id), 'too late')
  const container = startContainer(agent.app, { ...asEnvironment(start), AL_TEST_SCRIPT: '1' })
  expect(await container.ended).toBe(0)
  expect(container.output()).not.toContain('began')
  expect(await host.done(id)).toMatchObject({ outcome: 'killed' })
})

test('of two containers of one run one works, and the other exits 0 and does nothing', async () => {
  const launched = Promise.withResolvers<StartMessage>()
  await using host = await hostFor(
    { testScript: 'echo began; sleep 1' },
    { launch: (order, gateway) => launched.resolve({ ...order, gateway }) },
  )
  const id = await host.trigger()
  const environment = { ...asEnvironment(await launched.promise), AL_TEST_SCRIPT: '1' }
  const both = [startContainer(agent.app, environment), startContainer(agent.app, environment)]
  expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0])
  expect(both.filter((one) => one.output().includes('began'))).toHaveLength(1)
  expect(await host.done(id)).toMatchObject({ outcome: 'completed', code: 0 })
})

/** A host whose containers reach it through a bad network. */
async function badNetwork(config: Partial<Handout>, fate: (path: string, before: number) => Fate) {
  const networks: Awaited<ReturnType<typeof gatewayBetween>>[] = []
  const through = async (url: string) => {
    const between = await gatewayBetween(url, fate)
    networks.push(between)
    return between.url
  }
  const host = await hostFor(config, { through })
  return {
    ...host,
    seen: () => networks.flatMap(({ seen }) => seen),
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]()
      for (const one of networks) await one[Symbol.asyncDispose]()
    },
  }
}

test('lost answers to a claim and to a finish change nothing', async () => {
  const lossy = (path: string, before: number): Fate => {
    if (path !== '/runs/claim' && path !== '/runs/finish') return 'passes'
    return before === 0 ? 'gets a 503' : before === 1 ? 'loses its answer' : 'passes'
  }
  await using host = await badNetwork({ testScript: 'echo began; echo 17 | al-return' }, lossy)
  const run = await host.done(await host.trigger())
  expect(run).toMatchObject({ outcome: 'completed', code: 0, attempt: 1 })
  expect(await host.resultOf(run)).toBe('17')
  expect(await host.containers[0]?.ended).toBe(0)
  expect(host.containers[0]?.output().match(/^began$/gm)).toHaveLength(1)
  expect(host.seen().filter((path) => path === '/runs/claim')).toHaveLength(3)
  expect(host.seen().filter((path) => path === '/runs/finish')).toHaveLength(3)
})

test('a container whose gateway has gone silent ends itself and its tools before its lease is over', async () => {
  const silent = (path: string): Fate =>
    path === '/runs/claim' ? (answer) => ({ ...answer, leaseMs: 62_000 }) : path === '/runs/finish' ? 'passes' : 'hangs'
  await using host = await badNetwork({ testScript: sleeper }, silent)
  await host.trigger()
  const container = await eventually(() => host.containers[0])
  const pid = await pidOf(container.work)
  const began = performance.now()
  expect(await container.ended).toBe(1)
  expect(performance.now() - began).toBeLessThan(5000)
  expect(isAlive(pid)).toBe(false)
  // It may no longer speak for its run.
  expect(host.seen()).not.toContain('/runs/finish')
  expect(container.logged()).toContainEqual(
    expect.objectContaining({ msg: 'the gateway has not answered for too long, ending the run' }),
  )
})

test('what the agent leaves running is gone when its run is over', async () => {
  await using host = await hostFor({ testScript: `${runaway}\nwhile [ ! -s pid ]; do :; done; cat pid` })
  const run = await host.done(await host.trigger())
  expect(run).toMatchObject({ outcome: 'completed' })
  const container = await eventually(() => host.containers[0])
  await container.ended
  const pid = Number(/^\d+$/m.exec(container.output())?.[0])
  expect(pid).toBeGreaterThan(0)
  expect(isAlive(pid)).toBe(false)
  expect(container.logged()).toContainEqual(expect.objectContaining({ level: 'warn', count: 1 }))
})

test('al-shutdown ends the run as killed, and its container with it', async () => {
  await using host = await hostFor({ testScript: 'al-shutdown exfiltration; sleep 600' })
  const run = await host.done(await host.trigger())
  expect(run).toMatchObject({ outcome: 'killed', reason: 'exfiltration' })
  expect(await host.containers[0]?.ended).not.toBe(0)
})

test('a container that is stopped by its platform says so, and its processes end with it', async () => {
  await using host = await hostFor({ testScript: sleeper })
  const id = await host.trigger()
  const container = await eventually(() => host.containers[0])
  const pid = await pidOf(container.work)
  container.child.kill('SIGTERM')
  expect(await host.done(id)).toMatchObject({
    outcome: 'killed',
    code: 137,
    reason: 'the container was told to stop',
    said: true,
  })
  expect(await container.ended).toBe(137)
  expect(isAlive(pid)).toBe(false)
})
