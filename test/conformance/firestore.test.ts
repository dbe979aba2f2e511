import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { absent, type Key, type Write } from '../../core/store.ts'
import { type FirestoreOptions, firestoreStore } from '../../functions/stores/firestore.ts'
import { storeSuite } from './store-suite.ts'

const emulator = process.env.FIRESTORE_EMULATOR_HOST
const project = `al-${process.pid}`

const put = (key: Key, data: unknown, expected: Write['expected'] = absent): Write => ({
  kind: 'put',
  key,
  expected,
  data,
})

let partitions = 0
const partition = () => `t${partitions++}`

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part)
  return Buffer.concat(parts)
}

const skipped = emulator ? '' : ' (skipped: FIRESTORE_EMULATOR_HOST is not set)'

describe.skipIf(!emulator)(`on the emulator${skipped}`, () => {
  storeSuite({
    name: 'Firestore',
    rounds: process.env.CI ? 3000 : 200,
    open: async (now) => firestoreStore({ project, now }),
  })

  test('every ASCII character can stand in a partition and in a sort key', async () => {
    const store = firestoreStore({ project })
    const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
    const pk = `${partition()}${characters.slice(1).join('')}`
    const names = [...characters, '..', '__name__', '__', '%2F', 'a/b:c'].sort()
    await Promise.all(names.map((sk) => store.commit([put({ pk, sk }, sk)])))
    expect((await store.list(pk)).map(({ sk, data }) => [sk, data])).toEqual(names.map((sk) => [sk, sk]))
    expect((await store.get(names.map((sk) => ({ pk, sk })))).map(({ data }) => data)).toEqual(names)
    for (const prefix of ['-', '.', '/', '_', '__', '~'])
      expect((await store.list(pk, { prefix })).map(({ sk }) => sk)).toEqual(
        names.filter((one) => one.startsWith(prefix)),
      )
  })

  test('a limit counts living items only, however many expired ones are in between', async () => {
    let clock = Date.now()
    const store = firestoreStore({ project, now: () => clock })
    const pk = partition()
    const expiresAt = Math.floor(clock / 1000) + 600
    const names = Array.from({ length: 240 }, (_, i) => String(i).padStart(3, '0'))
    const lives = (sk: string) => Number(sk) % 40 === 39
    await Promise.all(
      names.map((sk) => store.commit([{ ...put({ pk, sk }, sk), ...(lives(sk) ? {} : { expiresAt }) }])),
    )
    expect(await store.list(pk)).toHaveLength(240)
    clock += 601_000
    const list = async (limit?: number, after?: string) => (await store.list(pk, { limit, after })).map(({ sk }) => sk)
    expect(await list()).toEqual(['039', '079', '119', '159', '199', '239'])
    expect(await list(1)).toEqual(['039'])
    expect(await list(3)).toEqual(['039', '079', '119'])
    expect(await list(2, '119')).toEqual(['159', '199'])
    expect(await list(0)).toEqual([])
  })

  test('a sort key after the whole range of a prefix gives nothing', async () => {
    const store = firestoreStore({ project })
    const pk = partition()
    await store.commit([put({ pk, sk: 'a#1' }, 1), put({ pk, sk: 'z' }, 1)])
    expect(await store.list(pk, { prefix: 'a#', after: 'b' })).toEqual([])
  })

  test('deleting what is expected to be absent is no harm when it is, and a conflict when it is not', async () => {
    const store = firestoreStore({ project })
    const pk = partition()
    const remove: Write = { kind: 'delete', key: { pk, sk: 'a' }, expected: absent }
    expect(await store.commit([remove, put({ pk, sk: 'b' }, 1)])).toBe('ok')
    await store.commit([put({ pk, sk: 'a' }, 1)])
    expect(await store.commit([remove, put({ pk, sk: 'c' }, 1)])).toBe('conflict')
  })

  test('writing to what has been deleted is a conflict', async () => {
    const store = firestoreStore({ project })
    const [key, side] = [
      { pk: partition(), sk: 'a' },
      { pk: partition(), sk: 'b' },
    ]
    await store.commit([put(key, 1)])
    const [old] = await store.get([key])
    if (old === undefined) throw new Error('get answers every key')
    expect(await store.commit([{ kind: 'delete', key, expected: old.expected }, put(side, 1)])).toBe('ok')
    expect(await store.commit([put(key, 2, old.expected)])).toBe('conflict')
    expect((await store.get([key]))[0]).toEqual({ ...key, expected: absent })
  })

  describe('over a bad connection', () => {
    type Fault = 'lose the answer' | 'lose the request' | 'never answer' | number | readonly [number, string]
    /** What happens to the next requests of the method, in turn; then all is well. */
    let faults: Fault[] = []
    let method = 'commit'
    let commits = 0
    const server = createServer(async (message, response) => {
      const body = await bodyOf(message)
      if (message.url?.endsWith(':commit')) commits++
      const fault = message.url?.endsWith(`:${method}`) ? faults.shift() : undefined
      if (fault === 'lose the request') return message.socket.destroy()
      if (typeof fault === 'number') return response.writeHead(fault).end('<html>try again</html>')
      if (Array.isArray(fault)) {
        const [code, status] = fault
        return response.writeHead(code).end(JSON.stringify({ error: { code, status, message: 'contended' } }))
      }
      const { url: path, headers } = message
      const [host, port] = (emulator ?? '').split(':')
      request({ host, port, method: 'POST', path, headers }, async (answer) => {
        const text = await bodyOf(answer)
        if (fault === 'lose the answer') message.socket.destroy()
        // Else the client has to give up: nothing more is sent.
        else if (fault === undefined) response.writeHead(answer.statusCode ?? 500, answer.headers).end(text)
      })
        .on('error', () => message.socket.destroy())
        .end(body)
    })
    let proxy: string
    const open = (options: Partial<FirestoreOptions> = {}) => firestoreStore({ project, emulator: proxy, ...options })
    beforeAll(async () => {
      proxy = await listen(server)
    })
    afterEach(() => {
      faults = []
      method = 'commit'
      commits = 0
    })
    afterAll(() => close(server))

    test('a put whose answer was lost is ok', async () => {
      const key = { pk: partition(), sk: 'a' }
      faults = ['lose the answer']
      expect(await open().commit([put(key, 1)])).toBe('ok')
      expect(commits).toBe(1)
      expect((await open().get([key]))[0]?.data).toBe(1)
    })

    test('several writes whose answer was lost are ok', async () => {
      const pk = partition()
      const store = open()
      await store.commit([put({ pk, sk: 'old' }, 1)])
      const [old] = await store.get([{ pk, sk: 'old' }])
      if (old === undefined) throw new Error('get answers every key')
      faults = ['lose the answer']
      const remove: Write = { kind: 'delete', key: { pk, sk: 'old' }, expected: old.expected }
      expect(await store.commit([remove, put({ pk, sk: 'a' }, 1), put({ pk, sk: 'b' }, 2)])).toBe('ok')
      expect((await store.list(pk)).map(({ data }) => data)).toEqual([1, 2])
    })

    test('a put that nobody answers is settled after the timeout', async () => {
      const key = { pk: partition(), sk: 'a' }
      faults = ['never answer']
      expect(await open({ timeout: 1000 }).commit([put(key, 1)])).toBe('ok')
      expect(commits).toBe(1)
    })

    test('a commit that never arrived is a conflict and wrote nothing', async () => {
      const pk = partition()
      faults = ['lose the request']
      expect(await open().commit([put({ pk, sk: 'a' }, 1), put({ pk, sk: 'b' }, 1)])).toBe('conflict')
      expect(await open().list(pk)).toEqual([])
    })

    test('a conflict whose answer was lost is a conflict', async () => {
      const key = { pk: partition(), sk: 'a' }
      await open().commit([put(key, 'theirs')])
      faults = ['lose the answer']
      expect(await open().commit([put(key, 'ours')])).toBe('conflict')
      expect((await open().get([key]))[0]?.data).toBe('theirs')
    })

    test.each([429, 500, 503])('%i is tried again', async (status) => {
      const key = { pk: partition(), sk: 'a' }
      faults = [status, status]
      expect(await open().commit([put(key, status)])).toBe('ok')
      expect(commits).toBe(3)
    })

    test('a commit that happened, was answered with 503 and tried again is ok', async () => {
      const key = { pk: partition(), sk: 'a' }
      let first = true
      const store = open({
        fetch: async (url, init) => {
          const answer = await fetch(url, init)
          if (!first || !String(url).endsWith(':commit')) return answer
          first = false
          return new Response('{"error":{"code":503,"status":"UNAVAILABLE"}}', { status: 503 })
        },
      })
      expect(await store.commit([put(key, 1)])).toBe('ok')
      expect(commits).toBe(2)
    })

    test.each([
      [409, 'ABORTED'],
      [404, 'NOT_FOUND'],
    ] as const)('%i %s is a conflict', async (code, status) => {
      faults = [[code, status]]
      expect(await open().commit([put({ pk: partition(), sk: 'a' }, 1)])).toBe('conflict')
      expect(commits).toBe(1)
    })

    test('a Firestore that stays busy is settled by reading back', async () => {
      const pk = partition()
      faults = Array<Fault>(5).fill(503)
      expect(await open().commit([put({ pk, sk: 'a' }, 1)])).toBe('conflict')
      expect(commits).toBe(5)
      expect(await open().list(pk)).toEqual([])
    })

    test.each([
      ['batchGet', () => open().get([{ pk: 'none', sk: 'a' }])],
      ['runQuery', () => open().list('none')],
    ])('%s is sent again, without an answer too', async (name, read) => {
      method = name
      faults = ['lose the answer', 503, 'lose the request']
      expect(await read()).toEqual(name === 'runQuery' ? [] : [{ pk: 'none', sk: 'a', expected: absent }])
      expect(faults).toEqual([])
    })

    test('a list that breaks off with an error is not taken for the whole', async () => {
      const pk = partition()
      await open().commit([put({ pk, sk: 'a' }, 1), put({ pk, sk: 'b' }, 2)])
      let first = true
      const store = open({
        fetch: async (url, init) => {
          const answer = await fetch(url, init)
          if (!first) return answer
          first = false
          const [document] = (await answer.json()) as unknown[]
          return Response.json([document, { error: { code: 503, status: 'UNAVAILABLE' } }])
        },
      })
      expect((await store.list(pk)).map(({ data }) => data)).toEqual([1, 2])
    })

    test('what Firestore refuses is thrown, with its status', async () => {
      const key = { pk: partition(), sk: 'a' }
      const wrong = 'never v' as Write['expected']
      await expect(open().commit([put(key, 1, wrong)])).rejects.toMatchObject({
        name: 'FirestoreError',
        status: 'INVALID_ARGUMENT',
      })
    })
  })
})
