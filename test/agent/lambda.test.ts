import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Handout } from '../../core/plan/decisions.ts'
import { parseRunId } from '../../core/scheduler/run.ts'
import { asPayload } from '../../core/scheduler/start-message.ts'
import { agentHost, eventually, type InstalledAgent, installAgent, startContainer } from './agent-host.ts'
import { lambdaRuntimeApi } from './runtime-api.ts'

let agent: InstalledAgent
beforeAll(async () => {
  agent = await installAgent()
}, 60_000)
afterAll(() => agent?.[Symbol.dispose]())

const secretOf = (type: string): Handout['secrets'][number] => ({
  id: `${type}/default/token`,
  type,
  instance: 'default',
  field: 'token',
  optional: false,
  why: 'listed',
})

/** A function of Lambda, warm from the second invocation on, and the host whose runs it takes. */
async function warmFunction(config: Partial<Handout>, seconds?: number) {
  const api = await lambdaRuntimeApi()
  const requests = new Map<string, string>()
  const host = await agentHost({
    app: agent.app,
    config,
    launch: (order, gateway) => requests.set(order.run, api.invoke(asPayload({ ...order, gateway }), seconds)),
  })
  const container = startContainer(agent.app, {
    AWS_LAMBDA_RUNTIME_API: api.host,
    AL_TEST_SCRIPT: '1',
    AL_SECRET_sentry_token__default__token: 'canary-of-sentry',
    AL_SECRET_github_token__default__token: 'canary-of-github',
    AWS_SESSION_TOKEN: 'canary-of-the-role',
  })
  return {
    api,
    host,
    container,
    answerTo: (run: string) => eventually(() => requests.get(run)).then(api.answer),
    async [Symbol.asyncDispose]() {
      container.child.kill('SIGKILL')
      await container.ended
      await host[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
    },
  }
}

/** Says what it finds, and leaves behind whatever it can. */
const messy = `
  env | grep -E 'CANARY|TOKEN|MARK|AWS_|AL_SECRET' | sort | sed 's/=.*//' | sed 's/^/variable /'
  ls -A | grep -v '^.test-script.sh$' | sed 's/^/file /'
  ls -A "$AL_SIGNAL_DIR" | sed 's/^/signal /'
  pwd | sed 's/^/at /'
  ps -eo args | grep -c "[s]leep 4242" | sed 's/^/sleepers /'
  mkdir -p left/deep; echo x > left/deep/file; echo y > .hidden
  echo done > "$AL_SIGNAL_DIR/status"; al-rerun
  setsid sleep 4242 > /dev/null 2>&1 &
  cd /
`

test('nothing of an invocation is there in the next one', async () => {
  await using warm = await warmFunction({ testScript: messy, secrets: [secretOf('sentry_token')] })
  const first = await warm.host.trigger()
  expect(await warm.answerTo(first)).toEqual({ kind: 'response', body: { statusCode: 42 } })
  const done = await warm.host.done(first)
  expect(done).toMatchObject({ outcome: 'rerun', code: 42, container: 'request-1' })
  // The rerun is the second invocation of the same process.
  const second = `dev-${done.next}`
  await warm.answerTo(second)
  const output = warm.container
    .output()
    .split('\n')
    .filter((line) => !line.startsWith('{'))
  const found = ['file signals', 'sleepers 0', 'variable SENTRY_AUTH_TOKEN', `at ${warm.container.work}`].sort()
  const runs = output.join('\n').split(/(?=^variable )/m)
  expect(runs.length).toBeGreaterThan(1)
  for (const run of runs.slice(0, 2)) expect(run.split('\n').filter(Boolean).sort()).toEqual(found)
})

test('exit codes and failures are answers, and the function stays', async () => {
  await using warm = await warmFunction({ testScript: '[ -e /nowhere ] || al-exit 13' })
  for (let i = 0; i < 2; i++) {
    const id = await warm.host.trigger()
    expect(await warm.answerTo(id)).toEqual({ kind: 'response', body: { statusCode: 13 } })
    expect(await warm.host.done(id)).toMatchObject({ outcome: 'error', code: 13 })
  }
  expect(warm.container.child.exitCode).toBeNull()
})

test('a payload that is not ours gets an answer that says so', async () => {
  await using warm = await warmFunction({ testScript: 'true' })
  const answer = await warm.api.answer(warm.api.invoke({ hello: 'world' }))
  expect(answer).toMatchObject({ kind: 'response', body: { statusCode: 400 } })
  expect(JSON.stringify(answer.body)).toContain('takes start messages of its gateway only')
  const id = await warm.host.trigger()
  expect(await warm.answerTo(id)).toEqual({ kind: 'response', body: { statusCode: 200 } })
})

test('a run ends half a minute before Lambda would end it', async () => {
  await using warm = await warmFunction({ testScript: 'sleep 600', timeoutSeconds: 600 }, 32)
  const id = await warm.host.trigger()
  expect(await warm.answerTo(id)).toEqual({ kind: 'response', body: { statusCode: 124 } })
  expect(await warm.host.done(id)).toMatchObject({ code: 124 })
})

test('a kill reaches a function at its next poll, and the function takes the next run', async () => {
  await using warm = await warmFunction({ testScript: 'echo begun; sleep 600' })
  const id = await warm.host.trigger()
  await eventually(() => (warm.container.output().includes('begun') ? true : undefined))
  const ref = parseRunId(id)
  if (ref === undefined) throw new Error('no run id')
  const began = performance.now()
  await warm.host.host.plane.kill(ref, 'enough')
  expect(await warm.answerTo(id)).toEqual({ kind: 'response', body: { statusCode: 137 } })
  expect(performance.now() - began).toBeLessThan(18_000)
  expect(await warm.host.done(id)).toMatchObject({ outcome: 'killed', code: 137, reason: 'enough' })
  expect(warm.container.child.exitCode).toBeNull()
})
