import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Call {
  readonly method: string
  readonly path: string
  readonly authorization?: string
  readonly body: unknown
}

interface FakeAnswer {
  readonly status?: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Signs tokens as Google does, with a key of its own. */
export function signer(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return {
    key: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' },
    pem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    sign(claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): string {
      const signed = `${part({ alg: 'RS256', typ: 'JWT', kid, ...header })}.${part(claims)}`
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
    },
  }
}

const error = (status: number, code: string, message = 'because'): FakeAnswer => ({
  status,
  body: { error: { code: status, status: code, message } },
})

/**
 * Those services of Google that the function calls, on loopback: the metadata server, the keys, Cloud Run and Secret
 * Manager. It remembers what it was asked; `next` is the answer to the next call of Cloud Run.
 */
export async function fakeGoogle() {
  const calls: Call[] = []
  const secrets = new Map<string, string>()
  const keys: unknown[] = []
  const executions: unknown[] = []
  const state: { next?: FakeAnswer; keysDown?: boolean; maxAge: number } = { maxAge: 3600 }

  function answer({ method, path }: Call): FakeAnswer {
    if (path.startsWith('/computeMetadata/'))
      return { body: { access_token: 'token-of-the-gateway', expires_in: 3600 } }
    if (path === '/certs') {
      if (state.keysDown) return error(500, 'INTERNAL')
      return { body: { keys }, headers: { 'cache-control': `public, max-age=${state.maxAge}, must-revalidate` } }
    }
    const [, id] = /^\/v1\/projects\/p\/secrets\/([^/]+)\/versions\/latest:access$/.exec(path) ?? []
    if (id !== undefined) {
      const value = secrets.get(id)
      if (state.next) return take()
      return value === undefined
        ? error(404, 'NOT_FOUND')
        : { body: { payload: { data: Buffer.from(value).toString('base64') } } }
    }
    if (!path.startsWith('/v2/projects/p/locations/r/jobs/')) return error(404, 'NOT_FOUND', `no ${path}`)
    if (state.next !== undefined) return take()
    if (method === 'GET') {
      const from = Number(new URLSearchParams(path.split('?')[1]).get('pageToken') ?? 0)
      const more = from + 1 < executions.length ? { nextPageToken: String(from + 1) } : {}
      return { body: { executions: executions.slice(from, from + 1), ...more } }
    }
    return { body: { name: 'projects/p/locations/r/operations/o' } }
  }

  function take(): FakeAnswer {
    const { next = error(500, 'INTERNAL') } = state
    state.next = undefined
    return next
  }

  const server = createServer(async (message: IncomingMessage, response) => {
    const text = String(Buffer.concat(await message.toArray()))
    const { method = '', url: path = '', headers } = message
    const call = {
      method,
      path,
      authorization: headers.authorization,
      body: text === '' ? undefined : JSON.parse(text),
    }
    calls.push(call)
    const { status = 200, body, headers: more } = answer(call)
    response.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${host}`,
    calls,
    secrets,
    keys,
    executions,
    state,
    error,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export type FakeGoogle = Awaited<ReturnType<typeof fakeGoogle>>
