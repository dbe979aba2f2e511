import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { absent, type Item, type Key, mostWrites, type Store, type Write } from '../../core/store.ts'

/** How a store under test is opened. Two stores opened by one subject see the same state, as two hosts would. */
export interface Subject {
  readonly name: string
  /** `now` is epoch milliseconds; expiry must go by it, whatever the store sweeps by itself. */
  open(now: () => number): Promise<Store>
  /** Conflicting commits of the concurrent tests; slow stores do fewer. */
  readonly rounds: number
  close?(): Promise<void>
}

/** The promises of the Store port, as tests that every adapter has to pass. */
export function storeSuite(subject: Subject): void {
  describe(`${subject.name} store`, () => {
    let store: Store
    let other: Store
    let clock = 0
    const later = (seconds: number) => {
      clock += seconds * 1000
    }
    const now = () => Date.now() + clock
    /** A partition of its own for each test: the stores are shared. */
    const partition = () => `p-${randomUUID()}`
    const put = (key: Key, expected: Write['expected'], data: unknown, expiresAt?: number): Write => ({
      kind: 'put',
      key,
      expected,
      data,
      expiresAt,
    })
    const read = async (from: Store, key: Key) => {
      const [snapshot] = await from.get([key])
      if (snapshot === undefined) throw new Error('get answers every key')
      return snapshot
    }

    beforeAll(async () => {
      store = await subject.open(now)
      other = await subject.open(now)
    }, 120_000)
    afterAll(async () => {
      await store?.close()
      await other?.close()
      await subject.close?.()
    })

    test('what was committed is read back, by every host, at once', async () => {
      const key = { pk: partition(), sk: 'a' }
      const data = { text: 'é\u0000"\\', list: [1, 2.5, null, true], nested: { empty: {}, none: [] } }
      expect(await store.commit([put(key, absent, data)])).toBe('ok')
      for (const host of [store, other]) expect((await read(host, key)).data).toEqual(data)
    })

    test('nothing there reads as an expectation that a put can be made with', async () => {
      const key = { pk: partition(), sk: 'a' }
      const nothing = await read(store, key)
      expect(nothing.data).toBeUndefined()
      expect(await store.commit([put(key, nothing.expected, 1)])).toBe('ok')
      expect(await store.commit([put(key, nothing.expected, 2)])).toBe('conflict')
      expect((await read(store, key)).data).toBe(1)
    })

    test('get answers in the order asked for, missing keys included', async () => {
      const pk = partition()
      await store.commit([put({ pk, sk: 'b' }, absent, 'B')])
      const answers = await store.get(['c', 'b', 'a', 'b'].map((sk) => ({ pk, sk })))
      expect(answers.map(({ sk, data }) => [sk, data])).toEqual([
        ['c', undefined],
        ['b', 'B'],
        ['a', undefined],
        ['b', 'B'],
      ])
      expect(await store.get([])).toEqual([])
    })

    test('a write on an old version changes nothing', async () => {
      const key = { pk: partition(), sk: 'a' }
      await store.commit([put(key, absent, 1)])
      const first = await read(store, key)
      expect(await other.commit([put(key, first.expected, 2)])).toBe('ok')
      expect(await store.commit([put(key, first.expected, 3)])).toBe('conflict')
      expect((await read(store, key)).data).toBe(2)
    })

    test('an item that was deleted and made again is not the one before', async () => {
      const pk = partition()
      const [key, side] = [
        { pk, sk: 'a' },
        { pk, sk: 'side' },
      ]
      await store.commit([put(key, absent, 1)])
      const old = await read(store, key)
      expect(await store.commit([{ kind: 'delete', key, expected: old.expected }, put(side, absent, 0)])).toBe('ok')
      expect(await store.commit([put(key, absent, 1)])).toBe('ok')
      expect(await other.commit([put(key, old.expected, 2)])).toBe('conflict')
    })

    test('a commit of several writes is all or nothing', async () => {
      const pk = partition()
      const keys = Array.from({ length: mostWrites }, (_, i) => ({ pk, sk: `k${i}` }))
      expect(await store.commit(keys.map((key) => put(key, absent, 'first')))).toBe('ok')
      const snapshots = await store.get(keys)
      const last = snapshots.at(-1)
      if (last === undefined) throw new Error('eight snapshots')
      await other.commit([put(last, last.expected, 'theirs')])
      expect(await store.commit(snapshots.map((one) => put(one, one.expected, 'ours')))).toBe('conflict')
      expect((await store.get(keys)).map(({ data }) => data)).toEqual([
        ...Array(mostWrites - 1).fill('first'),
        'theirs',
      ])
    })

    test('a delete and a put commit together, or neither', async () => {
      const pk = partition()
      const [from, to] = [
        { pk, sk: 'from' },
        { pk, sk: 'to' },
      ]
      await store.commit([put(from, absent, 1)])
      const { expected } = await read(store, from)
      await other.commit([put(to, absent, 'taken')])
      expect(await store.commit([{ kind: 'delete', key: from, expected }, put(to, absent, 1)])).toBe('conflict')
      expect((await store.get([from, to])).map(({ data }) => data)).toEqual([1, 'taken'])
    })

    test('deleting what is not there as expected is a conflict', async () => {
      const pk = partition()
      const key = { pk, sk: 'a' }
      await store.commit([put(key, absent, 1)])
      const { expected } = await read(store, key)
      await store.commit([put(key, expected, 2)])
      expect(await store.commit([{ kind: 'delete', key, expected }, put({ pk, sk: 'b' }, absent, 1)])).toBe('conflict')
      expect((await read(store, key)).data).toBe(2)
    })

    test('a partition is listed by sort key, from after a key, by prefix, up to a limit, and no other partition', async () => {
      const pk = partition()
      for (const sk of ['b#2', 'a#1', 'b#10', 'b#1', 'c', 'B', 'é', '\u{1f600}'])
        await store.commit([put({ pk, sk }, absent, sk)])
      await store.commit([put({ pk: `${pk}x`, sk: 'b#3' }, absent, 'other')])
      const list = async (...options: Parameters<Store['list']> extends [string, ...infer R] ? R : never) =>
        (await other.list(pk, ...options)).map(({ sk }: Item) => sk)
      expect((await list()).slice(0, 6)).toEqual(['B', 'a#1', 'b#1', 'b#10', 'b#2', 'c'])
      expect(await list()).toHaveLength(8)
      expect(await list({ prefix: 'b#' })).toEqual(['b#1', 'b#10', 'b#2'])
      expect(await list({ prefix: 'b#', after: 'b#1' })).toEqual(['b#10', 'b#2'])
      expect(await list({ prefix: 'b#', limit: 2 })).toEqual(['b#1', 'b#10'])
      expect(await list({ after: 'b#2', limit: 1 })).toEqual(['c'])
      expect(await list({ prefix: 'zz' })).toEqual([])
      const [first] = await other.list(pk, { limit: 1 })
      if (first === undefined) throw new Error('a first item')
      expect(await store.commit([put(first, first.expected, 'changed')])).toBe('ok')
    })

    test('a long partition is listed whole', async () => {
      const pk = partition()
      const text = 'x'.repeat(20_000)
      const names = Array.from({ length: 120 }, (_, i) => String(i).padStart(4, '0'))
      await Promise.all(names.map((sk) => store.commit([put({ pk, sk }, absent, { sk, text })])))
      expect((await store.list(pk)).map(({ sk }) => sk)).toEqual(names)
    })

    test('an expired item reads as absent at once, and what takes its place is conditioned on it', async () => {
      const pk = partition()
      const key = { pk, sk: 'a' }
      await store.commit([put(key, absent, 'old', Math.floor(now() / 1000) + 600)])
      expect((await read(store, key)).data).toBe('old')
      later(601)
      const gone = await read(store, key)
      expect(gone.data).toBeUndefined()
      expect(await store.list(pk)).toEqual([])
      expect(await other.commit([put(key, gone.expected, 'new')])).toBe('ok')
      expect(await store.commit([put(key, gone.expected, 'late')])).toBe('conflict')
      expect((await read(store, key)).data).toBe('new')
    })

    test('a commit that breaks the contract is refused before anything is written', async () => {
      const pk = partition()
      const key = { pk, sk: 'a' }
      const many = Array.from({ length: mostWrites + 1 }, (_, i) => put({ pk, sk: `k${i}` }, absent, 1))
      const refused = [
        [],
        many,
        [put(key, absent, 1), put(key, absent, 2)],
        [{ kind: 'delete', key, expected: absent } as const],
        [put({ pk, sk: '' }, absent, 1)],
        [put(key, absent, 'x'.repeat(400_000))],
      ]
      for (const writes of refused) await expect(store.commit(writes)).rejects.toThrow(RangeError)
      expect(await store.list(pk)).toEqual([])
    })

    test('16 writers on one item lose no update and double none', async () => {
      const key = { pk: partition(), sk: 'counter' }
      await store.commit([put(key, absent, 0)])
      let committed = 0
      let tries = 0
      const writers = Array.from({ length: 16 }, async (_, i) => {
        const host = i % 2 === 0 ? store : other
        while (tries < subject.rounds) {
          tries++
          const { expected, data } = await read(host, key)
          if ((await host.commit([put(key, expected, (data as number) + 1)])) === 'ok') committed++
        }
      })
      await Promise.all(writers)
      expect(committed).toBeGreaterThan(0)
      expect((await read(store, key)).data).toBe(committed)
    }, 120_000)

    test('money moved between accounts by 16 writers is neither made nor lost', async () => {
      const pk = partition()
      const keys = Array.from({ length: 4 }, (_, i) => ({ pk, sk: `account-${i}` }))
      await store.commit(keys.map((key) => put(key, absent, 100)))
      let tries = 0
      let moved = 0
      const writers = Array.from({ length: 16 }, async (_, i) => {
        const host = i % 2 === 0 ? store : other
        while (tries < subject.rounds) {
          const [from, to] = [keys[tries % 4], keys[(tries + 1 + (i % 3)) % 4]] as [Key, Key]
          tries++
          const [a, b] = await host.get([from, to])
          if (a === undefined || b === undefined) throw new Error('get answers every key')
          const writes = [put(from, a.expected, (a.data as number) - 1), put(to, b.expected, (b.data as number) + 1)]
          if ((await host.commit(writes)) === 'ok') moved++
        }
      })
      await Promise.all(writers)
      expect(moved).toBeGreaterThan(0)
      const balances = (await store.get(keys)).map(({ data }) => data as number)
      expect(balances.reduce((sum, one) => sum + one, 0)).toBe(400)
    }, 120_000)

    test('of 16 who create one item, one wins', async () => {
      const pk = partition()
      for (let round = 0; round < Math.min(20, subject.rounds / 16); round++) {
        const key = { pk, sk: `winner-${round}` }
        const answers = await Promise.all(
          Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? store : other).commit([put(key, absent, i)])),
        )
        const winner = answers.indexOf('ok')
        expect(answers.filter((answer) => answer === 'ok')).toHaveLength(1)
        expect((await read(store, key)).data).toBe(winner)
      }
    }, 120_000)
  })
}
