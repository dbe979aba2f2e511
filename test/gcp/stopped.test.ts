import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Execution } from './fake-cloud-run.ts'
import { type Fate, googleError } from './fake-google.ts'
import { endOf, type GoogleHost, googleHost, jobRule, pushed } from './google-host.ts'

const hourly = { schedule: { line: '0 * * * *', timezone: 'UTC' } }
let host: GoogleHost

beforeEach(async () => {
  host = await googleHost([jobRule('dev', hourly), jobRule('other', hourly)])
})
afterEach(() => host.close())

/** The execution that a tick has started. */
async function started(): Promise<Execution> {
  expect((await host.call('/internal/tick?agent=dev')).status).toBe(200)
  const [execution] = host.executions()
  if (execution === undefined) throw new Error('nothing was started')
  return execution
}
const tell = (body: unknown) => host.call('/internal/stopped', body)
const done = { status: 200, body: { failed: 0 } }
const inCloudRun = () => host.fake.calls.filter(({ path }) => path.startsWith('run.')).length

test.each([
  ['wrapped', pushed],
  ['unwrapped', (entry: object) => entry],
])('a run whose execution died without a word ends at once, and once (%s)', async (_, wrap) => {
  const execution = await started()
  expect((await host.claim(execution)).status).toBe(200)
  host.fake.run.end(execution, 'failed', 'Memory limit of 512 MiB exceeded')
  for (let times = 0; times < 2; times++) expect(await tell(wrap(endOf(execution)))).toEqual(done)
  expect(await host.runs('dev')).toMatchObject([
    { state: 'done', outcome: 'error', reason: 'Memory limit of 512 MiB exceeded' },
  ])
  expect(await host.store.list('live')).toEqual([])
  expect(host.executions()).toHaveLength(1)
})

test('an execution that ended before it had its run is made again, once', async () => {
  const execution = await started()
  host.fake.run.end(execution, 'failed')
  for (let times = 0; times < 2; times++) expect(await tell(pushed(endOf(execution)))).toEqual(done)
  expect(host.executions()).toHaveLength(2)
  expect(await host.runs('dev')).toMatchObject([{ state: 'starting', attempt: 2 }])
})

test('an event that comes late says nothing new', async () => {
  const execution = await started()
  const { finish } = await host.claim(execution)
  expect((await finish('completed')).status).toBe(200)
  host.fake.run.end(execution, 'succeeded')
  expect(await tell(pushed(endOf(execution)))).toEqual(done)
  expect(await host.runs('dev')).toMatchObject([{ outcome: 'completed' }])
})

test('an event about an execution that goes on, or is not there, ends nothing', async () => {
  const execution = await started()
  await host.claim(execution)
  expect(await tell(pushed(endOf(execution)))).toEqual(done)
  expect(await tell(pushed(endOf({ ...execution, name: `${execution.name}x` })))).toEqual(done)
  expect(await host.runs('dev')).toMatchObject([{ state: 'running' }])
})

test.each<[string, (entry: object) => unknown]>([
  [
    'of a neighbour',
    (entry) => ({ ...entry, resource: { type: 'cloud_run_job', labels: { job_name: 'al-their-dev' } } }),
  ],
  ['of a service', (entry) => ({ ...entry, resource: { type: 'cloud_run_revision', labels: {} } })],
  ['with a path for a name', (entry) => ({ ...entry, protoPayload: { resourceName: 'a/executions/..' } })],
  ['without a name', (entry) => ({ ...entry, protoPayload: {} })],
  ['that is a list', () => [1]],
])('an event %s is taken, and Cloud Run is not asked', async (_, change) => {
  const execution = await started()
  const before = inCloudRun()
  const entry = change(endOf(execution))
  for (const body of [pushed(entry), entry]) expect(await tell(body)).toEqual(done)
  expect(inCloudRun()).toBe(before)
})

test.each(['', 'null', '"x"', '{', '{"message":{"data":"e30"}}', '{"message":{"data":"?"}}'])(
  'what is no event is taken: %s',
  async (body) => {
    expect(await tell(body)).toEqual(done)
  },
)

const unavailable = googleError(503, 'UNAVAILABLE')
test.each<[string, Fate[], number]>([
  ['is busy for a moment', [unavailable, googleError(429, 'RESOURCE_EXHAUSTED')], 200],
  ['breaks the connection', ['lose the answer'], 200],
  ['stays away', [unavailable, unavailable, unavailable], 500],
  ['forbids it', [googleError(403, 'PERMISSION_DENIED')], 500],
  [
    'answers nonsense',
    [
      { status: 502, body: '<html>' },
      { status: 502, body: '<html>' },
      { status: 502, body: '' },
    ],
    500,
  ],
])('when Cloud Run %s, the end is recorded or told again', async (_, fates, status) => {
  const execution = await started()
  await host.claim(execution)
  host.fake.run.end(execution, 'failed', 'it broke')
  host.fake.meet(...fates)
  expect((await tell(pushed(endOf(execution)))).status).toBe(status)
  expect(await host.runs('dev')).toMatchObject([{ state: status === 200 ? 'done' : 'running' }])
  // Pub/Sub sends again what was not taken.
  expect(await tell(pushed(endOf(execution)))).toEqual(done)
  expect(await host.runs('dev')).toMatchObject([{ outcome: 'error', reason: 'it broke' }])
})
