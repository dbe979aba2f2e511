import { afterEach, beforeEach, expect, test } from 'vitest'
import { googleAddress } from '../../core/google-address.ts'
import type { LaunchOrder, StopTarget } from '../../core/scheduler/launcher.ts'
import { cloudRunExecutions } from '../../functions/gcp/executions.ts'
import { googleApi } from '../../functions/gcp/google-api.ts'
import { cloudRunLauncher } from '../../functions/launchers/cloud-run.ts'
import { type FakeGoogle, type Fate, fakeGoogle, googleError } from './fake-google.ts'
import { jobRule } from './google-host.ts'

const suffix = '0123456789abcdefghij'
const rule = jobRule('dev')
const order: LaunchOrder = { agent: rule, run: `dev-${suffix}`, suffix, attempt: 3, ticket: 'the-ticket' }
const target: StopTarget = {
  agent: 'dev',
  rule,
  run: `dev-${suffix}`,
  suffix,
  attempt: 1,
  compute: 'cloud-run-job',
  reason: 'killed',
}
const jobs = 'run.googleapis.com/v2/projects/p/locations/r/jobs'

let fake: FakeGoogle
beforeEach(async () => {
  fake = await fakeGoogle()
})
afterEach(() => fake.close())

const launcher = (endpoint = fake.endpoint) => {
  const pace = { timeout: 500, firstPause: 10 }
  const api = googleApi(async () => 'token-of-the-gateway', googleAddress(endpoint), pace)
  const place = { api, project: 'p', region: 'r' }
  const executions = cloudRunExecutions(place)
  return cloudRunLauncher({ ...place, executions, gatewayUrl: 'https://gateway.example', jobs: [rule.resource] })
}
const nobody = 'http://127.0.0.1:1'
const asked = () => fake.calls.map(({ method, path }) => `${method} ${path}`)
const running = () => [...fake.run.executions.values()].filter(({ completionTime }) => completionTime === undefined)
const shortNames = () => running().map(({ name }) => name.slice(name.lastIndexOf('/') + 1))

test('a launch runs the job with the start message in its environment', async () => {
  expect(await launcher().launch(order)).toEqual({ kind: 'started' })
  const env = [
    { name: 'AL_RUN_ID', value: `dev-${suffix}` },
    { name: 'AL_TICKET', value: 'the-ticket' },
    { name: 'GATEWAY_URL', value: 'https://gateway.example' },
    { name: 'AL_ATTEMPT', value: '3' },
  ]
  expect(fake.calls).toEqual([
    {
      method: 'POST',
      path: `${jobs}/al-test-dev-1a2b3c:run`,
      authorization: 'Bearer token-of-the-gateway',
      body: { overrides: { containerOverrides: [{ env }] } },
    },
  ])
})

test('what a launch adds to a job stays small, however long the names are', async () => {
  const agent = jobRule('a'.repeat(63), { resource: 'j'.repeat(43) })
  await launcher().launch({ ...order, agent, run: `${agent.name}-${suffix}`, ticket: 't'.repeat(43) })
  // Source: "Configure environment variables for jobs": 1,000 variables, 32 KB each.
  expect(JSON.stringify(fake.calls[0]?.body).length).toBeLessThan(1000)
})

const job = 'job al-test-dev-1a2b3c'
test.each([
  [429, 'RESOURCE_EXHAUSTED', 'refused', `${job}: RESOURCE_EXHAUSTED: … is too much`],
  [503, 'UNAVAILABLE', 'refused', `${job}: UNAVAILABLE: … is too much`],
  [409, 'ABORTED', 'refused', `${job}: ABORTED: … is too much`],
  [400, 'FAILED_PRECONDITION', 'refused', `${job}: FAILED_PRECONDITION: … is too much`],
  [400, 'INVALID_ARGUMENT', 'failed', `${job}: INVALID_ARGUMENT: … is too much`],
  [404, 'NOT_FOUND', 'failed', `${job} does not exist; deploy the project again`],
  [403, 'PERMISSION_DENIED', 'failed', expect.stringContaining('grant run.jobs.runWithOverrides to the gateway')],
])('HTTP %d %s means that the launch is %s, and it is asked for once', async (status, code, kind, why) => {
  fake.meet(googleError(status, code, 'the-ticket is too much'))
  expect(await launcher().launch(order)).toEqual({ kind, why })
  expect(fake.calls).toHaveLength(1)
})

test('what a deploy permitted may not be true everywhere yet: the first refusals of a run are not the last word', async () => {
  for (const [attempt, kind] of [
    [1, 'refused'],
    [2, 'refused'],
    [3, 'failed'],
  ] as const) {
    fake.meet(googleError(403, 'PERMISSION_DENIED'))
    expect(await launcher().launch({ ...order, attempt })).toMatchObject({ kind })
  }
})

test('with as many executions as a region lets there be, nothing is lost: the launch may be tried again', async () => {
  fake.meet(googleError(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded: running executions'))
  expect(await launcher().launch(order)).toMatchObject({ kind: 'refused' })
  expect(await launcher().launch(order)).toEqual({ kind: 'started' })
})

test.each<[string, Fate[]]>([
  ['500', [googleError(500, 'INTERNAL')]],
  ['504', [googleError(504, 'DEADLINE_EXCEEDED')]],
  ['an answer that never comes through', ['lose the answer']],
])('after %s nobody knows whether anything started: the launch throws, and is not sent again', async (_, fates) => {
  fake.meet(...fates)
  await expect(launcher().launch(order)).rejects.toThrow(/INTERNAL|DEADLINE_EXCEEDED|gave no answer/)
  expect(fake.calls).toHaveLength(1)
  await expect(launcher(nobody).launch(order)).rejects.toThrow('run.googleapis.com gave no answer')
})

test('a 200 that is not what Google describes has started the job all the same', async () => {
  for (const body of ['<html>', {}, { metadata: 7 }, { metadata: { name: 7 } }]) {
    fake.meet({ body })
    expect(await launcher().launch(order)).toEqual({ kind: 'started' })
  }
})

test('a token that cannot be sent is not quoted', async () => {
  const api = googleApi(async () => 'secret\ntoken', googleAddress(fake.endpoint))
  await expect(api('GET', 'https://run.googleapis.com/')).rejects.toThrow(/^(?!.*secret)(?!.*token).*gave no answer/s)
})

test.each(['https://elsewhere.example', 'http://10.0.0.1:80', 'http://localhost.example:80', 'http://localhost'])(
  'a stand-in for Google at %s is refused: the identity would be sent there',
  (endpoint) => {
    expect(() => googleAddress(endpoint)).toThrow('has to be on this machine')
  },
)

test.each([
  ['al-test-dev-1a2b3c-x7k2p', rule],
  ['al-test-dev-1a2b3c-x7k2p', undefined],
  ['projects/p/locations/r/jobs/al-test-dev-1a2b3c/executions/al-test-dev-1a2b3c-x7k2p', undefined],
])('stopping %s cancels the execution', async (container, known) => {
  await launcher().stop({ ...target, rule: known, container })
  expect(asked()).toEqual([`POST ${jobs}/al-test-dev-1a2b3c/executions/al-test-dev-1a2b3c-x7k2p:cancel`])
})

test('an execution can be stopped before it has claimed, without looking for it by who has started it', async () => {
  const one = launcher()
  await one.launch({ ...order, attempt: 1 })
  const [execution] = shortNames()
  await one.stop(target)
  expect(running()).toEqual([])
  expect(asked().slice(1)).toEqual([`POST ${jobs}/al-test-dev-1a2b3c/executions/${execution}:cancel`])
})

test('an execution can be stopped before it has claimed by an instance that has not started it, and no other is', async () => {
  const one = launcher()
  for (const attempt of [1, 2]) await one.launch({ ...order, attempt })
  await one.launch({ ...order, run: `dev-${'z'.repeat(20)}`, suffix: 'z'.repeat(20), attempt: 1 })
  fake.run.start(`projects/p/locations/r/jobs/${rule.resource}`)
  const [, , another, byHand] = shortNames()
  await launcher().stop({ ...target, attempt: 2 })
  expect(shortNames()).toEqual([another, byHand])
  // Nothing is left to stop.
  await launcher().stop({ ...target, attempt: 2 })
  await launcher().stop({ ...target, rule: undefined })
})

test('stopping what is gone or has ended succeeds; what could not be asked for throws', async () => {
  const container = 'al-test-dev-1a2b3c-x7k2p'
  await launcher().stop({ ...target, container })
  fake.meet(googleError(400, 'FAILED_PRECONDITION'))
  await launcher().stop({ ...target, container })
  fake.meet('hang', 'lose the answer')
  await launcher().stop({ ...target, container })
  fake.meet(googleError(403, 'PERMISSION_DENIED'))
  await expect(launcher().stop({ ...target, container })).rejects.toThrow('grant run.executions.cancel')
  fake.meet(...Array(3).fill(googleError(503, 'UNAVAILABLE')))
  await expect(launcher().stop({ ...target, container })).rejects.toThrow('UNAVAILABLE')
  await expect(launcher(nobody).stop({ ...target, container })).rejects.toThrow('gave no answer')
  // What could not be asked for is asked for by the next sweep; what could not be found out counts as such.
  fake.meet(googleError(403, 'PERMISSION_DENIED'))
  await expect(launcher().stop(target)).rejects.toThrow('grant run.executions.list')
})

test('running lists executions of ours that have not completed, page by page', async () => {
  const one = launcher()
  for (const attempt of [1, 2, 3, 4]) await one.launch({ ...order, attempt })
  const [first, second, third, fourth] = shortNames()
  const [, ended] = running()
  if (ended !== undefined) fake.run.end(ended, 'succeeded')
  fake.run.start(`projects/p/locations/r/jobs/${rule.resource}`)
  const list = async () => {
    const found: unknown[] = []
    for await (const found_ of launcher().running?.() ?? []) found.push(found_)
    return found
  }
  expect(second).toBeDefined()
  fake.meet(googleError(429, 'RESOURCE_EXHAUSTED'))
  expect(await list()).toEqual(
    [
      [first, 1],
      [third, 3],
      [fourth, 4],
    ].map(([container, attempt]) => ({ agent: 'dev', suffix, attempt, compute: 'cloud-run-job', container })),
  )
  fake.meet(googleError(403, 'PERMISSION_DENIED'))
  await expect(list()).rejects.toThrow('grant run.executions.list')
})
