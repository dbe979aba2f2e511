import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { openGoogleAccount } from './account.ts'
import { googleApi } from './google-api.ts'
import { defaultCredentials, standInCredentials } from './google-credentials.ts'

afterEach(() => vi.unstubAllEnvs())

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function file(name: string, content: unknown): string {
  const directory = mkdtempSync(join(tmpdir(), 'al-google-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** An identity of elsewhere, as CI has it: a token of its own, exchanged for one of Google, and that for a service account's. */
async function outsideIdentity(exchange: (path: string) => { readonly status?: number; readonly body: object }) {
  const asked: string[] = []
  const url = await listening((request, response) => {
    asked.push(request.url ?? '')
    const { status = 200, body } = exchange(request.url ?? '')
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const token = file('token', 'canary-token-of-ci')
  vi.stubEnv(
    'GOOGLE_APPLICATION_CREDENTIALS',
    file('adc.json', {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/github',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${url}/token`,
      service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/deploy@acme-cloud.iam.gserviceaccount.com:generateAccessToken`,
      credential_source: { file: token },
    }),
  )
  return asked
}

test('an identity of elsewhere becomes the service account it may be, and that is who asks', async () => {
  const asked = await outsideIdentity((path) => ({
    body: path.endsWith(':generateAccessToken')
      ? { accessToken: 'of-the-account', expireTime: new Date(Date.now() + 3600_000).toISOString() }
      : {
          access_token: 'federated',
          issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          token_type: 'Bearer',
          expires_in: 3600,
        },
  }))
  const { caller, headers } = await defaultCredentials('acme-cloud')
  expect(caller).toBe('deploy@acme-cloud.iam.gserviceaccount.com')
  expect(await headers()).toMatchObject({ authorization: 'Bearer of-the-account' })
  expect(await headers()).toMatchObject({ authorization: 'Bearer of-the-account' })
  expect(asked).toHaveLength(2)
})

test('credentials that Google takes back are told with how to sign in, and without the token', async () => {
  await outsideIdentity(() => ({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'The token canary-token-of-ci has expired' },
  }))
  const { headers } = await defaultCredentials('acme-cloud')
  const failure = await headers().catch((error: unknown) => error)
  expect(failure).toMatchObject({ name: 'GoogleFailure', reason: 'credentials' })
  expect(String(failure)).toMatch(/not valid any more: .*gcloud auth application-default login/)
  expect(String(failure)).not.toContain('canary')
})

test('a file that is no credentials is told, without what is in it', async () => {
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file('adc.json', 'canary: not JSON'))
  const failure = await defaultCredentials('acme-cloud').catch((error: unknown) => error)
  expect(failure).toMatchObject({ name: 'GoogleFailure', reason: 'credentials' })
})

test('AL_GOOGLE_ENDPOINT is of this machine, or refused: identities would go there', async () => {
  const place = { project: 'acme-cloud', region: 'europe-west1' }
  await expect(openGoogleAccount(place, 'http://google.example.com:80')).rejects.toMatchObject({
    name: 'GoogleFailure',
    reason: 'configuration',
  })
})

/** An API that answers with these, one after the other. */
async function answering(answers: readonly (number | 'break')[]) {
  const bodies: string[] = []
  const endpoint = await listening((request, response) => {
    const answer = answers[bodies.length] ?? 200
    request.setEncoding('utf8')
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      bodies.push(`${request.method} ${body}`)
      if (answer === 'break') return response.destroy()
      response.writeHead(answer, { 'content-type': 'application/json' }).end('{"ok":true}')
    })
  })
  const addressOf = (url: string) => url.replace('https:/', endpoint)
  const api = googleApi({ credentials: standInCredentials, project: 'acme-cloud', addressOf, pause: 1 })
  return { api, bodies }
}

const url = 'https://run.googleapis.com/v2/x'

test('busy and silent services are asked again where that does no harm', async () => {
  const { api, bodies } = await answering([503, 'break', 429, 500])
  expect((await api('GET', url)).status).toBe(200)
  expect(bodies).toHaveLength(5)
})

test('what may not happen twice is sent once, unless it was refused for being too much', async () => {
  const one = await answering([503])
  expect((await one.api('POST', url, { body: { a: 1 } })).status).toBe(503)
  expect(one.bodies).toEqual(['POST {"a":1}'])
  const two = await answering(['break'])
  await expect(two.api('POST', url, { body: {} })).rejects.toMatchObject({ reason: 'network' })
  expect(two.bodies).toHaveLength(1)
  const three = await answering([429])
  expect((await three.api('POST', url, { body: {} })).status).toBe(200)
})

test('a service that stays busy is given up on with its own answer', async () => {
  const { api, bodies } = await answering([503, 503, 503, 503, 503, 503])
  expect((await api('GET', url)).status).toBe(503)
  expect(bodies).toHaveLength(5)
})

test('a call that is called off ends at once', async () => {
  const { api } = await answering([503, 503, 503, 503])
  await expect(api('GET', url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
})
