import { createServer, type IncomingHttpHeaders } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { closeServer, freePort, listenOnLoopback } from '../support/loopback.ts'
import { canary, emptyStore } from './store.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A provider that answers everything in the same way, and tells what it was asked. */
async function provider(status: number, answer: unknown = {}) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (data) => {
      body += data
    })
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  const port = await listenOnLoopback(server)
  onTestFinished(() => closeServer(server))
  return { url: `http://127.0.0.1:${port}`, seen }
}

const add = (store: ReturnType<typeof emptyStore>, type: string, url: string, value: string) =>
  store.al(['creds', 'add', type, '--from-stdin', '--verify', '--api-url', url], value)

const reddit = JSON.stringify({
  client_id: 'id',
  client_secret: canary,
  username: 'u',
  password: canary,
  user_agent: 'al',
})
const x = JSON.stringify({ api_key: canary, api_secret: canary, bearer_token: canary })
const linear = JSON.stringify({ client_id: 'id', client_secret: canary, access_token: canary })

test.each([
  [
    'github_token',
    `ghp_${canary}`,
    ['GET /user', 'GET /user/repos?per_page=1'],
    { authorization: `Bearer ghp_${canary}` },
  ],
  ['anthropic_key', `sk-ant-${canary}`, ['GET /v1/models?limit=1'], { 'x-api-key': `sk-ant-${canary}` }],
  [
    'anthropic_key',
    `sk-ant-oat-${canary}`,
    ['GET /v1/models?limit=1'],
    { authorization: `Bearer sk-ant-oat-${canary}` },
  ],
  ['openai_key', `sk-${canary}`, ['GET /v1/models'], { authorization: `Bearer sk-${canary}` }],
  ['groq_key', `gsk_${canary}`, ['GET /openai/v1/models'], { authorization: `Bearer gsk_${canary}` }],
  ['google_key', canary, ['GET /v1beta/models?pageSize=1'], { 'x-goog-api-key': canary }],
  ['xai_key', `xai-${canary}`, ['GET /v1/models'], { authorization: `Bearer xai-${canary}` }],
  ['mistral_key', canary, ['GET /v1/models'], { authorization: `Bearer ${canary}` }],
  ['openrouter_key', `sk-or-${canary}`, ['GET /api/v1/key'], { authorization: `Bearer sk-or-${canary}` }],
  ['sentry_token', canary, ['GET /api/0/organizations/'], { authorization: `Bearer ${canary}` }],
  ['linear_token', canary, ['POST /graphql'], { authorization: canary }],
  ['linear_oauth', linear, ['POST /graphql'], { authorization: `Bearer ${canary}` }],
  ['netlify_token', canary, ['GET /api/v1/user'], { authorization: `Bearer ${canary}` }],
  ['bugsnag_token', canary, ['GET /user'], { authorization: `token ${canary}` }],
  ['x_twitter_api', x, ['GET /2/users/by/username/XDevelopers'], { authorization: `Bearer ${canary}` }],
  ['reddit_oauth', reddit, ['POST /api/v1/access_token'], { 'user-agent': 'al' }],
  ['vultr_api_key', canary, ['GET /v2/account'], { authorization: `Bearer ${canary}` }],
  ['hetzner_api_key', canary, ['GET /v1/server_types'], { authorization: `Bearer ${canary}` }],
  ['cloudflare_api_token', canary, ['GET /client/v4/user/tokens/verify'], { authorization: `Bearer ${canary}` }],
] as const)('%s is verified with the provider, and then stored', async (type, value, requests, headers) => {
  const { url, seen } = await provider(200)
  const store = emptyStore()
  const { code, stdout, stderr } = await add(store, type, url, value)
  expect(code, stderr).toBe(0)
  expect(stderr).toContain(`the provider accepts ${type}`)
  expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual(requests)
  expect(seen[0]?.headers).toMatchObject(headers)
  // Not even in an address: those stand in logs of proxies.
  expect(seen.map((one) => one.url).join()).not.toContain(canary)
  expect(stdout + stderr).not.toContain(canary)
  expect(store.has(type)).toBe(true)
})

test.each([
  [401, {}, 4, 'it is refused (401): it is wrong, expired or revoked'],
  [403, {}, 4, 'it is known but may not do this (403)'],
  [503, {}, 1, 'answered 503, which says nothing about github_token'],
  [429, {}, 1, 'answered 429, which says nothing about github_token'],
])('a provider that answers %i keeps it from being stored, with the reason', async (status, answer, expected, why) => {
  const { url } = await provider(status, { ...answer, echo: canary })
  const store = emptyStore()
  const { code, stderr } = await add(store, 'github_token', url, `ghp_${canary}`)
  expect(code).toBe(expected)
  expect(stderr).toContain(why)
  expect(stderr).not.toContain(canary)
  expect(store.has('github_token')).toBe(false)
})

test('a refusal that comes with 200 is one', async () => {
  const store = emptyStore()
  const graphql = await provider(200, { errors: [{ message: canary }] })
  expect((await add(store, 'linear_token', graphql.url, canary)).stderr).toContain('Linear does not know it')
  const grant = await provider(200, { error: 'invalid_grant' })
  const { code, stderr } = await add(store, 'reddit_oauth', grant.url, reddit)
  expect([code, stderr.includes('Reddit refuses the username or the password')]).toEqual([4, true])
})

test('nobody is asked without --verify, and AL_VERIFY_API_URL names whom to ask', async () => {
  const { url, seen } = await provider(200)
  const store = emptyStore()
  await store.al(['creds', 'add', 'github_token', '--from-stdin'], 'ghp_1', { AL_VERIFY_API_URL: url })
  expect(seen).toEqual([])
  await store.al(['creds', 'add', 'github_token', '--from-stdin', '--verify'], 'ghp_1', { AL_VERIFY_API_URL: url })
  expect(seen).toHaveLength(2)
})

test('a provider that cannot be reached is named, and so is a type that nobody can be asked about', async () => {
  const store = emptyStore()
  const port = await freePort()
  const gone = await add(store, 'github_token', `http://127.0.0.1:${port}`, `ghp_${canary}`)
  expect(gone.code).toBe(1)
  expect(gone.stderr).toContain(`127.0.0.1:${port} could not be asked (ECONNREFUSED)`)
  const none = await store.al(['creds', 'add', 'custom_key', '--from-stdin', '--verify'], canary)
  expect([none.code, none.stderr.includes('cannot be verified')]).toEqual([2, true])
  expect(store.has('.')).toBe(false)
})
