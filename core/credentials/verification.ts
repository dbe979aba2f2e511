import type { CredentialTypeName } from './types.ts'

/** The field values of one credential, by name. */
export type Values = Readonly<Record<string, string>>

/** A request that the provider answers only to a working credential. It changes nothing and costs nothing. */
export interface VerificationRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

interface Verification {
  /** Without a slash at the end. */
  readonly base: string
  /** Under the base, in this order, until one is refused. */
  readonly requests: (values: Values) => readonly (Omit<VerificationRequest, 'url' | 'method'> & {
    readonly path: string
    readonly method?: 'POST'
  })[]
  /** What is wrong with an answer that came with 200; nothing if it is right. */
  readonly refused?: (answer: unknown) => string | undefined
}

const get =
  (path: string, headers: (token: string) => Readonly<Record<string, string>>, field = 'token') =>
  (values: Values) => [{ path, headers: headers(values[field] ?? '') }]
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const bearerOf = (base: string, path: string, field = 'token'): Verification => ({
  base,
  requests: get(path, bearer, field),
})
const linear = (headers: (values: Values) => Readonly<Record<string, string>>): Verification => ({
  base: 'https://api.linear.app',
  requests: (values) => [
    {
      path: '/graphql',
      method: 'POST',
      headers: { ...headers(values), 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { id } }' }),
    },
  ],
  // GraphQL answers everything with 200.
  refused: (answer) => (has(answer, 'errors') ? 'Linear does not know it' : undefined),
})

const github = (token: string) => ({ ...bearer(token), accept: 'application/vnd.github+json' })

const verifications: Readonly<Partial<Record<CredentialTypeName, Verification>>> = {
  github_token: {
    base: 'https://api.github.com',
    requests: ({ token = '' }) => [
      { path: '/user', headers: github(token) },
      { path: '/user/repos?per_page=1', headers: github(token) },
    ],
  },
  anthropic_key: {
    base: 'https://api.anthropic.com',
    requests: get('/v1/models?limit=1', (token) => ({
      'anthropic-version': '2023-06-01',
      ...(token.includes('sk-ant-oat')
        ? { ...bearer(token), 'anthropic-beta': 'oauth-2025-04-20' }
        : { 'x-api-key': token }),
    })),
  },
  openai_key: bearerOf('https://api.openai.com', '/v1/models'),
  groq_key: bearerOf('https://api.groq.com', '/openai/v1/models'),
  google_key: {
    base: 'https://generativelanguage.googleapis.com',
    requests: get('/v1beta/models?pageSize=1', (token) => ({ 'x-goog-api-key': token })),
  },
  xai_key: bearerOf('https://api.x.ai', '/v1/models'),
  mistral_key: bearerOf('https://api.mistral.ai', '/v1/models'),
  // The list of models is open to everybody.
  openrouter_key: bearerOf('https://openrouter.ai', '/api/v1/key'),
  sentry_token: bearerOf('https://sentry.io', '/api/0/organizations/'),
  linear_token: linear(({ token = '' }) => ({ authorization: token })),
  linear_oauth: linear(({ access_token = '' }) => bearer(access_token)),
  netlify_token: bearerOf('https://api.netlify.com', '/api/v1/user'),
  bugsnag_token: {
    base: 'https://api.bugsnag.com',
    requests: get('/user', (token) => ({ authorization: `token ${token}` })),
  },
  // An application's token belongs to no user: `/2/users/me` would refuse it.
  x_twitter_api: bearerOf('https://api.x.com', '/2/users/by/username/XDevelopers', 'bearer_token'),
  reddit_oauth: {
    base: 'https://www.reddit.com',
    requests: ({ client_id, client_secret, username = '', password = '', user_agent = '' }) => [
      {
        path: '/api/v1/access_token',
        method: 'POST',
        headers: {
          authorization: `Basic ${base64(`${client_id}:${client_secret}`)}`,
          'user-agent': user_agent,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ grant_type: 'password', username, password }).toString(),
      },
    ],
    // A wrong password comes with 200.
    refused: (answer) => (has(answer, 'error') ? 'Reddit refuses the username or the password' : undefined),
  },
  vultr_api_key: bearerOf('https://api.vultr.com', '/v2/account', 'api_key'),
  hetzner_api_key: bearerOf('https://api.hetzner.cloud', '/v1/server_types', 'api_key'),
  cloudflare_api_token: bearerOf('https://api.cloudflare.com', '/client/v4/user/tokens/verify', 'api_token'),
}

/**
 * The requests that tell whether a credential works, one after the other; nothing for a type that no provider can be asked
 * about. `base` is another address of the provider's API, without a path of its own: a proxy, a server of the company.
 */
export function verificationOf(
  type: CredentialTypeName,
  values: Values,
  base?: string,
): readonly VerificationRequest[] | undefined {
  const known = verifications[type]
  return known?.requests(values).map(
    ({ path, method, ...rest }): VerificationRequest => ({
      ...rest,
      method: method ?? 'GET',
      url: `${(base ?? known.base).replace(/\/+$/, '')}${path}`,
    }),
  )
}

/** What an answer of the provider means: nothing if the credential works. It never repeats what the provider said. */
export function refusalIn(type: CredentialTypeName, status: number, answer: unknown): string | undefined {
  if (status >= 200 && status < 300) return verifications[type]?.refused?.(answer)
  if (status === 401) return 'it is refused (401): it is wrong, expired or revoked'
  if (status === 403) return 'it is known but may not do this (403): give it the rights it needs'
  if (status === 400 && type === 'google_key') return 'it is refused (400): Google does not know it'
  return undefined
}

const has = (answer: unknown, key: string): boolean => typeof answer === 'object' && answer !== null && key in answer

const base64 = (text: string): string => {
  let bytes = ''
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte)
  return btoa(bytes)
}
