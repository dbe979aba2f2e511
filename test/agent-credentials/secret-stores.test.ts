import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { PlannedCredential } from '../../docker/agent/credentials/credential.ts'
import { loadCredentials } from '../../docker/agent/credentials/load.ts'

const secret = (id: string, optional = false): PlannedCredential => {
  const [type = '', instance = '', field = ''] = id.split(/\/|--/).slice(1)
  return { id, type, instance, field, optional, why: 'listed' }
}

const load = (
  secrets: PlannedCredential[],
  env: Record<string, string>,
  { signal = new AbortController().signal, longestWait = 0, log = (..._: unknown[]) => {} } = {},
) => loadCredentials({ secrets, directory: '/nowhere', env, longestWait, signal, log })

const hasMoto = spawnSync('moto_server', ['--help']).status === 0
if (!hasMoto) console.warn('AWS Secrets Manager is not tested: there is no moto_server (pip install "moto[server]")')

describe.skipIf(!hasMoto)('AWS Secrets Manager', () => {
  let server: ChildProcess
  let env: Record<string, string>

  beforeAll(async () => {
    const port = await freePort()
    server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
    env = { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
    await answers(`${env.AWS_ENDPOINT_URL}/moto-api/data.json`)
    const client = new SecretsManagerClient({ region: env.AWS_REGION, endpoint: env.AWS_ENDPOINT_URL })
    const create = (Name: string, SecretString: string) => client.send(new CreateSecretCommand({ Name, SecretString }))
    for (let i = 0; i < 20; i++) await create(`al/github_token/i${i}/token`, ` value ${i}\n`)
    await create('al/github_token/gone/token', 'canary')
    await client.send(new DeleteSecretCommand({ SecretId: 'al/github_token/gone/token' }))
  })
  afterAll(() => {
    vi.unstubAllEnvs()
    server.kill('SIGKILL')
  })

  test('gives what the run may have, in the order of the plan', async () => {
    const secrets = Array.from({ length: 20 }, (_, i) => secret(`al/github_token/i${19 - i}/token`))
    const credentials = await load([...secrets, secret('al/github_token/none/token', true)], env)
    expect(credentials.map(({ value }) => value)).toEqual(secrets.map((_, i) => `value ${19 - i}`))
  })

  test('names each secret that is not stored, and how to get on', async () => {
    const names = ['i0', 'none', 'gone'].map((instance) => secret(`al/github_token/${instance}/token`))
    await expect(load(names, env)).rejects.toThrow(
      /^missing credentials: github_token:none\/token \(looked for al\/github_token\/none\/token in AWS Secrets Manager\).*github_token:gone\/token .*store github_token:none, github_token:gone/,
    )
  })
})

test("AWS Secrets Manager is asked again while a role's right may be seconds old, and names the right in the end", async () => {
  let denials = 2
  const server = createServer((_, response) => {
    if (denials-- > 0) {
      response.writeHead(400, { 'x-amzn-errortype': 'AccessDeniedException' }).end('{"Message":"not for you"}')
    } else response.end(JSON.stringify({ SecretString: 'value' }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
    vi.unstubAllEnvs()
  })
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  const env = {
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  }
  const wanted = [secret('al/github_token/a/token')]
  expect(await load(wanted, env, { longestWait: 10_000 })).toMatchObject([{ value: 'value' }])
  denials = 1
  await expect(load(wanted, env)).rejects.toThrow(
    'may not read credential github_token:a/token: `al doctor -c` says why; not stored, or secretsmanager:GetSecretValue for the role of this container is missing',
  )
})

/** Google's metadata server and Secret Manager, as far as a job asks them. */
async function google(stored: Record<string, string>) {
  const requests: string[] = []
  const refusals = new Map<string, number>()
  /** Answers of "not permitted" that are left, by secret. */
  const forbidden = new Map<string, number>()
  const server = createServer((request, response) => {
    const { url = '', headers } = request
    requests.push(url)
    const answer = (status: number, body: unknown) => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    if (url.startsWith('/computeMetadata/')) {
      if (headers['metadata-flavor'] !== 'Google') return answer(403, '')
      if (url.endsWith('/email')) return answer(200, 'al-dev@acme-prod.iam.gserviceaccount.com')
      return answer(200, url.endsWith('/token') ? { access_token: 'of-the-job' } : 'acme-prod')
    }
    if (headers.authorization !== 'Bearer of-the-job') return answer(401, {})
    const name =
      /^\/secretmanager\.googleapis\.com\/v1\/projects\/acme-prod\/secrets\/(.*)\/versions\/latest:access$/.exec(
        url,
      )?.[1] ?? ''
    const left = refusals.get(name) ?? 0
    refusals.set(name, left - 1)
    if (left > 0) return answer(503, {})
    const stays = forbidden.get(name) ?? 0
    forbidden.set(name, stays - 1)
    if (stays > 0) return answer(403, {})
    const value = stored[name]
    if (value === undefined) return answer(name.includes('denied') ? 403 : 404, {})
    return answer(200, { payload: { data: Buffer.from(value).toString('base64') } })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { CLOUD_RUN_JOB: 'al-dev', GCE_METADATA_HOST: host, AL_GOOGLE_ENDPOINT: `http://${host}` }
  return { env, requests, refusals, forbidden }
}

describe('Google Secret Manager', () => {
  test("gives what the run may have, asked as the job's service account", async () => {
    const { env, requests, refusals } = await google({
      'al--github_token--a--token': ' one\n',
      'al--linear_token--b--token': 'ä',
    })
    refusals.set('al--linear_token--b--token', 1)
    const secrets = ['al--github_token--a--token', 'al--linear_token--b--token'].map((id) => secret(id))
    const credentials = await load([...secrets, secret('al--github_token--denied--token', true)], env)
    expect(credentials.map(({ value }) => value)).toEqual(['one', 'ä'])
    expect(requests.filter((url) => url.endsWith('/token'))).toHaveLength(1)
  })

  test('names each secret that is not stored or may not be read', async () => {
    const { env } = await google({})
    const secrets = ['al--github_token--a--token', 'al--github_token--denied--token'].map((id) => secret(id))
    await expect(load(secrets, env)).rejects.toThrow(
      'may not read credential github_token:denied/token: `al doctor -c` says why; not stored, or roles/secretmanager.secretAccessor for the service account al-dev@acme-prod.iam.gserviceaccount.com is missing (looked for al--github_token--denied--token in Google Secret Manager); missing credential: github_token:a/token (looked for al--github_token--a--token in Google Secret Manager)',
    )
  })

  test('waits until rights that were given a moment ago count, also those of what a run can do without', async () => {
    const { env, forbidden } = await google({
      'al--github_token--a--token': 'one',
      'al--linear_oauth--a--refresh': 'two',
    })
    forbidden.set('al--github_token--a--token', 2).set('al--linear_oauth--a--refresh', 1)
    const logged: unknown[][] = []
    const secrets = [secret('al--linear_oauth--a--refresh', true), secret('al--github_token--a--token')]
    const log = (...line: unknown[]) => logged.push(line)
    const credentials = await load(secrets, env, { longestWait: 10_000, log })
    expect(credentials.map(({ value }) => value)).toEqual(['two', 'one'])
    expect(logged.filter((line) => line[0] === 'warn')).toEqual([
      ['warn', expect.any(String), { credentials: 'github_token:a/token', seconds: 10 }],
    ])
  })

  test('does not wait for what a run can do without, nor where something is not there at all', async () => {
    const { env, requests } = await google({ 'al--github_token--a--token': 'one' })
    const denied = (optional: boolean) => secret('al--github_token--denied--token', optional)
    const patient = { longestWait: 60_000 }
    expect(await load([secret('al--github_token--a--token'), denied(true)], env, patient)).toHaveLength(1)
    await expect(load([secret('al--github_token--b--token'), denied(false)], env, patient)).rejects.toThrow(
      /may not read/,
    )
    expect(requests.filter((url) => url.includes('denied'))).toHaveLength(2)
  })

  test('is asked again for as long as it may take, and no longer', async () => {
    const { env, requests } = await google({})
    const begun = performance.now()
    const wanted = [secret('al--github_token--denied--token')]
    await expect(load(wanted, env, { longestWait: 1200 })).rejects.toThrow(/^may not read/)
    expect(performance.now() - begun).toBeGreaterThan(1190)
    expect(requests.filter((url) => url.includes('denied'))).toHaveLength(3)
  })

  test('that gives no answer is not waited for after an abort', async () => {
    const { env } = await google({})
    const port = await freePort()
    const aborter = new AbortController()
    const loading = load(
      [secret('al--github_token--a--token')],
      { ...env, AL_GOOGLE_ENDPOINT: `http://127.0.0.1:${port}` },
      { signal: aborter.signal },
    )
    setTimeout(() => aborter.abort(new Error('stopped by a test')), 50)
    await expect(loading).rejects.toThrow(/abort|stopped by a test/i)
  })
})

async function freePort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function answers(url: string): Promise<void> {
  for (const end = Date.now() + 30_000; ; await sleep(100)) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    if (Date.now() > end) throw new Error(`${url} did not answer in 30 s`)
  }
}
