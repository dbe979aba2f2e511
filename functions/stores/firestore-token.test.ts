import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { absent } from '../../core/store.ts'
import { firestoreStore } from './firestore.ts'
import { metadataToken } from './firestore-token.ts'

/** Stands for no emulator: the token is sent to production, whose address the test's `fetch` turns to loopback. */
const production = ''

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

describe('the access token', () => {
  let server: Server
  let asked: IncomingMessage[] = []
  let answer: (response: ServerResponse) => void
  let host: string
  beforeAll(async () => {
    server = createServer((message, response) => {
      asked.push(message)
      answer(response)
    })
    host = await listen(server)
  })
  afterEach(() => {
    asked = []
  })
  afterAll(() => close(server))

  test('is asked for once by however many, and again a minute before it expires', async () => {
    let clock = 0
    answer = (response) => response.end(JSON.stringify({ access_token: `token ${asked.length}`, expires_in: 3600 }))
    const token = metadataToken({ host, now: () => clock })
    expect(await Promise.all([token(), token(), token()])).toEqual(['token 1', 'token 1', 'token 1'])
    clock = 3539_999
    expect(await token()).toBe('token 1')
    expect(asked[0]?.url).toBe('/computeMetadata/v1/instance/service-accounts/default/token')
    expect(asked[0]?.headers['metadata-flavor']).toBe('Google')
    clock = 3540_000
    expect(await Promise.all([token(), token()])).toEqual(['token 2', 'token 2'])
    expect(asked).toHaveLength(2)
  })

  test('is asked for again after a failure', async () => {
    answer = (response) => response.writeHead(503).end()
    const token = metadataToken({ host })
    await expect(token()).rejects.toThrow('HTTP 503')
    answer = (response) => response.end('{}')
    await expect(token()).rejects.toThrow('no token')
    answer = (response) => response.end(JSON.stringify({ access_token: 'good', expires_in: 3600 }))
    expect(await token()).toBe('good')
  })

  test('is sent to Firestore and stands in no error', async () => {
    const secret = 'ya29.very-secret'
    const seen: (string | undefined)[] = []
    answer = (response) => {
      seen.push(asked.at(-1)?.headers.authorization)
      response.writeHead(403).end(`{"error":{"code":403,"status":"PERMISSION_DENIED","message":"not for ${secret}"}}`)
    }
    const addresses: string[] = []
    const open = (token: string) =>
      firestoreStore({
        project: 'p',
        emulator: production,
        accessToken: async () => token,
        fetch: (url, init) => {
          addresses.push(new URL(String(url)).origin)
          return fetch(String(url).replace(/^https:\/\/[^/]+/, `http://${host}`), init)
        },
      })
    const failures = [
      open(secret).commit([{ kind: 'put', key: { pk: 'p', sk: 's' }, expected: absent, data: 1 }]),
      open(secret).list('p'),
      // Fetch refuses this one itself, and quotes it.
      open(`${secret}\nx`).get([{ pk: 'p', sk: 's' }]),
    ].map((one) => one.then(String, (error: Error) => error))
    const [denied, ...others] = await Promise.all(failures)
    expect(denied).toMatchObject({ name: 'FirestoreError', status: 'PERMISSION_DENIED' })
    expect(String(denied)).toContain('not for …')
    for (const error of [denied, ...others]) {
      expect(error).toBeInstanceOf(Error)
      const { message, stack, cause } = error as Error
      expect(`${message} ${stack} ${String(cause)}`).not.toContain(secret)
    }
    expect(seen).toEqual([`Bearer ${secret}`, `Bearer ${secret}`])
    expect(new Set(addresses)).toEqual(new Set(['https://firestore.googleapis.com']))
  })
})
