import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LaunchOrder, StopTarget } from '../../core/scheduler/launcher.ts'
import { googleApi } from '../../functions/gcp/google-api.ts'
import { cloudRunLauncher } from '../../functions/launchers/cloud-run.ts'
import { agent } from '../local/machine.ts'
import { type FakeGoogle, fakeGoogle } from './fake-google.ts'

const suffix = '0123456789abcdefghij'
const rule = agent('dev', { compute: 'cloud-run-job', resource: 'al-test-dev-1a2b3c' })
const order: LaunchOrder = { agent: rule, run: `dev-${suffix}`, suffix, attempt: 2, ticket: 'the-ticket' }
const target: StopTarget = {
  agent: 'dev',
  rule,
  run: `dev-${suffix}`,
  suffix,
  attempt: 2,
  compute: 'cloud-run-job',
  reason: 'killed',
}
const jobs = '/v2/projects/p/locations/r/jobs'

let fake: FakeGoogle
beforeAll(async () => {
  fake = await fakeGoogle()
})
beforeEach(() => {
  fake.calls.length = 0
  fake.executions.length = 0
  fake.state.next = undefined
})
afterAll(() => fake.close())

const logged: unknown[] = []
const launcher = (url = fake.url) =>
  cloudRunLauncher({
    api: googleApi(async () => 'token-of-the-gateway'),
    project: 'p',
    region: 'r',
    gatewayUrl: 'https://gateway.example',
    jobs: [rule.resource],
    log: (...entry) => logged.push(entry),
    url,
  })

test('a launch runs the job with the start message in its environment', async () => {
  expect(await launcher().launch(order)).toEqual({ kind: 'started' })
  const env = [
    { name: 'AL_RUN_ID', value: `dev-${suffix}` },
    { name: 'AL_TICKET', value: 'the-ticket' },
    { name: 'GATEWAY_URL', value: 'https://gateway.example' },
    { name: 'AL_ATTEMPT', value: '2' },
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

test.each([
  [429, 'RESOURCE_EXHAUSTED', 'refused', 'job al-test-dev-1a2b3c: RESOURCE_EXHAUSTED: … is too much'],
  [503, 'UNAVAILABLE', 'refused', 'job al-test-dev-1a2b3c: UNAVAILABLE: … is too much'],
  [400, 'INVALID_ARGUMENT', 'failed', 'job al-test-dev-1a2b3c: INVALID_ARGUMENT: … is too much'],
  [404, 'NOT_FOUND', 'failed', 'job al-test-dev-1a2b3c does not exist; deploy the project again'],
  [403, 'PERMISSION_DENIED', 'failed', expect.stringContaining('grant run.jobs.runWithOverrides to the gateway')],
])('HTTP %d %s means that the launch is %s', async (status, code, kind, why) => {
  fake.state.next = fake.error(status, code, 'the-ticket is too much')
  expect(await launcher().launch(order)).toEqual({ kind, why })
})

test('where it is not known whether anything started, the launch throws', async () => {
  fake.state.next = fake.error(500, 'INTERNAL')
  await expect(launcher().launch(order)).rejects.toThrow('INTERNAL')
  await expect(launcher('http://127.0.0.1:1').launch(order)).rejects.toThrow('127.0.0.1:1 gave no answer')
})

test('a token that cannot be sent is not quoted', async () => {
  const api = googleApi(async () => 'secret\ntoken')
  await expect(api('GET', fake.url)).rejects.toThrow(/^(?!.*secret)(?!.*token).*gave no answer/s)
})

test.each([
  ['al-test-dev-1a2b3c-x7k2p', rule],
  ['al-test-dev-1a2b3c-x7k2p', undefined],
  [`projects/p/locations/r/jobs/al-test-dev-1a2b3c/executions/al-test-dev-1a2b3c-x7k2p`, undefined],
])('stopping %s cancels the execution', async (container, known) => {
  await launcher().stop({ ...target, rule: known, container })
  expect(fake.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `POST ${jobs}/al-test-dev-1a2b3c/executions/al-test-dev-1a2b3c-x7k2p:cancel`,
  ])
})

test('stopping what is gone, has ended or was never claimed succeeds; what could not be asked for throws', async () => {
  const container = 'al-test-dev-1a2b3c-x7k2p'
  for (const [status, code] of [
    [404, 'NOT_FOUND'],
    [400, 'FAILED_PRECONDITION'],
  ] as const) {
    fake.state.next = fake.error(status, code)
    await launcher().stop({ ...target, container })
  }
  const before = fake.calls.length
  await launcher().stop(target)
  expect(fake.calls).toHaveLength(before)
  expect(logged).toEqual([['info', 'nothing to stop: no container has claimed the run', { run: target.run }]])
  fake.state.next = fake.error(403, 'PERMISSION_DENIED')
  await expect(launcher().stop({ ...target, container })).rejects.toThrow('grant run.executions.cancel')
  fake.state.next = fake.error(503, 'UNAVAILABLE')
  await expect(launcher().stop({ ...target, container })).rejects.toThrow('UNAVAILABLE')
})

test('running lists executions of ours that have not completed, page by page', async () => {
  const name = (id: string) => `projects/p/locations/r/jobs/al-test-dev-1a2b3c/executions/${id}`
  const env = (run: string) => [
    { name: 'AL_RUN_ID', value: run },
    { name: 'AL_TICKET', value: 't' },
    { name: 'GATEWAY_URL', value: 'https://gateway.example' },
    { name: 'AL_ATTEMPT', value: '1' },
  ]
  const template = { containers: [{ env: env(`dev-${suffix}`) }] }
  fake.executions.push(
    { name: name('e-1'), template },
    { name: name('e-2'), template, completionTime: '2026-01-01T00:00:00Z' },
    // Started by hand.
    { name: name('e-3'), template: { containers: [{}] } },
    { name: name('e-4'), template },
  )
  const list = async () => {
    const found: unknown[] = []
    for await (const one of launcher().running?.() ?? []) found.push(one)
    return found
  }
  expect(await list()).toEqual(
    ['e-1', 'e-4'].map((container) => ({ agent: 'dev', suffix, attempt: 1, compute: 'cloud-run-job', container })),
  )
  fake.state.next = fake.error(403, 'PERMISSION_DENIED')
  await expect(list()).rejects.toThrow('grant run.executions.list')
})
