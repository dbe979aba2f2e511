import { expect, onTestFinished, test } from 'vitest'
import { startFakeGoogle } from './fake-google.ts'

const parent = 'projects/acme-cloud/locations/europe-west1'

async function started() {
  const google = await startFakeGoogle()
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${google.endpoint}/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return { google, ask }
}

test('a job that runs is an execution, with what it was told', async () => {
  const { google, ask } = await started()
  onTestFinished(google.stop)
  google.run.put('jobs', 'al-dev', { template: { template: {} } })
  const overrides = { containerOverrides: [{ env: [{ name: 'AL_RUN', value: 'r1' }] }] }
  const { body } = await ask('POST', `run.googleapis.com/v2/${parent}/jobs/al-dev:run`, { overrides })
  expect(body.metadata).toMatchObject({ name: google.run.executions[0]?.name })
  expect((await ask('GET', `run.googleapis.com/v2/${parent}/jobs/al-dev/executions`)).body.executions).toHaveLength(1)
})

test('what Google does not know fails the test', async ({ skip }) => {
  skip(!process.env.AL_GOOGLE_DISCOVERY, 'AL_GOOGLE_DISCOVERY is not set: scripts/google-discovery.sh')
  const { google, ask } = await started()
  const job = `run.googleapis.com/v2/${parent}/jobs/al-dev`
  expect((await ask('POST', `${job}:run`, { override: {} })).status).toBe(400)
  expect((await ask('POST', `${job}:start`, {})).status).toBe(400)
  expect((await ask('GET', `${job}?fild=x`)).status).toBe(400)
  await expect(google.stop()).rejects.toThrow(/body\.override is unknown.*no such method.*query fild is unknown/s)
})

test('a path that nothing stands in for fails the test', async () => {
  const { google, ask } = await started()
  expect((await ask('GET', 'nothing.googleapis.com/v1/projects/acme-cloud')).status).toBe(400)
  await expect(google.stop()).rejects.toThrow('nothing stands in for it')
})

test('the fate of a call is met once, and an answer can be lost after the work is done', async () => {
  const { google, ask } = await started()
  onTestFinished(google.stop)
  const secrets = 'secretmanager.googleapis.com/v1/projects/acme-cloud/secrets'
  google.next('secretmanager', { status: 429, body: {} }, 'lose the answer')
  const write = () => ask('POST', `${secrets}?secretId=s`, { replication: { automatic: {} } })
  expect((await write()).status).toBe(429)
  await expect(write()).rejects.toThrow()
  expect(google.secrets.secrets.has('s')).toBe(true)
  expect((await write()).status).toBe(409)
})
