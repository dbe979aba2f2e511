import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Handout } from '../../core/plan/decisions.ts'
import { largestPayload } from '../../core/scheduler/payload.ts'
import { agentHost, type InstalledAgent, installAgent } from './agent-host.ts'

let agent: InstalledAgent
beforeAll(async () => {
  agent = await installAgent()
}, 60_000)
afterAll(() => agent?.[Symbol.dispose]())

const hostFor = (testScript: string, more: Partial<Parameters<typeof agentHost>[0]['config']> = {}) =>
  agentHost({ app: agent.app, config: { testScript, ...more } })

/** Runs a script as the agent; the exit code of the container, and what the record says. */
async function endOf(script: string, more: Parameters<typeof hostFor>[1] = {}) {
  await using host = await hostFor(script, more)
  const run = await host.done(await host.trigger())
  const container = host.containers[0]
  return { run, exit: await container?.ended, logged: container?.logged() ?? [], result: await host.resultOf(run) }
}

test('a run that does its work is completed, with code 0', async () => {
  const { run, exit } = await endOf('true')
  expect(exit).toBe(0)
  expect(run).toMatchObject({ outcome: 'completed', code: 0, said: true })
})

test.each([
  [10, 'authentication or credential failure'],
  [11, 'permission or access denied'],
  [12, 'rate limit exceeded'],
  [13, 'configuration error'],
  [14, 'missing dependency or service error'],
  [15, 'unrecoverable error'],
  [16, 'user-requested abort'],
])('an agent that ends with al-exit %i has that code and its reason in the record', async (code, reason) => {
  const { run, exit, logged } = await endOf(`al-exit ${code}`)
  expect(exit).toBe(code)
  expect(run).toMatchObject({ outcome: 'error', code, reason })
  expect(logged).toContainEqual(expect.objectContaining({ msg: 'signal-result', type: 'exit', exitCode: code, reason }))
})

test('what is no code of al-exit becomes 15, never success and never a rerun', async () => {
  for (const written of ['0', '42', '300', 'well']) {
    const { run, exit, logged } = await endOf(`printf '${written}' > "$AL_SIGNAL_DIR/exit"`)
    expect(exit).toBe(15)
    expect(run).toMatchObject({ outcome: 'error', code: 15 })
    expect(logged).toContainEqual(expect.objectContaining({ level: 'warn', code: written }))
  }
})

test('an agent that asks for it goes on in a new run: code 42', async () => {
  await using host = await hostFor('al-rerun')
  const run = await host.done(await host.trigger())
  expect(await host.containers[0]?.ended).toBe(42)
  expect(run).toMatchObject({ outcome: 'rerun', code: 42 })
  const next = await host.read(`dev-${run.next}`)
  expect(next).toMatchObject({ rerun: 1 })
})

test('a failure has code 1, and says what failed', async () => {
  const step = { provider: 'shell', params: { command: 'exit 3' } } as const
  const { run, exit } = await endOf('true', { preflight: [step] })
  expect(exit).toBe(1)
  expect(run).toMatchObject({ outcome: 'error', code: 1 })
  expect(run.reason).toContain('preflight step [1/1] shell failed')
})

test('a required credential that is missing is named in the record', async () => {
  const secret: Handout['secrets'][number] = {
    id: 'x',
    type: 'github_token',
    instance: 'default',
    field: 'token',
    optional: false,
    why: 'listed',
  }
  await using host = await agentHost({
    app: agent.app,
    config: { testScript: 'true', secrets: [secret] },
    credentials: { 'sentry_token/default/token': 'another one' },
  })
  const run = await host.done(await host.trigger())
  expect(await host.containers[0]?.ended).toBe(1)
  expect(run).toMatchObject({ outcome: 'error', code: 1 })
  expect(run.reason).toContain('github_token:default/token')
})

test('a named exit code goes before the wish to go on', async () => {
  const { run } = await endOf('al-rerun; al-exit 12')
  expect(run).toMatchObject({ outcome: 'error', code: 12 })
  expect(run.next).toBeUndefined()
})

test('what an agent returns reaches the record whole, and the log in short', async () => {
  const long = 'ä'.repeat(largestPayload / 2)
  const { run, result, logged } = await endOf(`node -e 'process.stdout.write("ä".repeat(${long.length}))' | al-return`)
  expect(run).toMatchObject({ outcome: 'completed' })
  expect(result).toBe(long)
  const line = logged.find(({ msg }) => msg === 'signal-result')
  expect(line).toMatchObject({ type: 'return', value: long.slice(0, 1000) })
})

test('a return value over the limit is an error that names the limit', async () => {
  const write = `node -e 'process.stdout.write("x".repeat(${largestPayload + 1}))' > "$AL_SIGNAL_DIR/return"`
  const { run, exit } = await endOf(write)
  expect(exit).toBe(1)
  expect(run).toMatchObject({
    outcome: 'error',
    reason: 'the return value has 262145 bytes: at most 262144 (256 KiB) are taken',
  })
})

test('a run whose time is over ends with 124, whatever it is doing then', async () => {
  const sleeping = 'sleep 600'
  for (const config of [
    { testScript: sleeping },
    { testScript: 'true', preflight: [{ provider: 'shell', params: { command: sleeping } } as const] },
    { testScript: `trap '' TERM INT; ${sleeping} & wait` },
  ]) {
    const { run, exit, logged } = await endOf(config.testScript, { ...config, timeoutSeconds: 1 })
    expect(exit).toBe(124)
    expect(run).toMatchObject({ outcome: 'timeout', code: 124, reason: 'timed out after 1 s' })
    expect(logged).toContainEqual(expect.objectContaining({ msg: 'container timeout reached, self-terminating' }))
    expect((run.endedAt ?? 0) - (run.claimedAt ?? 0)).toBeLessThan(4000)
  }
})

test('a test script does not run where nobody has asked for it', async () => {
  await using host = await agentHost({
    app: agent.app,
    config: { testScript: 'echo ran', model: { provider: 'anthropic', model: 'm', baseUrl: 'http://127.0.0.1:1' } },
    environment: { AL_TEST_SCRIPT: '' },
  })
  const id = await host.trigger()
  await host.done(id).then(() => undefined)
  expect(host.containers[0]?.output()).not.toMatch(/^ran$/m)
  expect(host.containers[0]?.logged()).toContainEqual(
    expect.objectContaining({ level: 'warn', msg: expect.stringContaining('test-script.sh is ignored') }),
  )
})
