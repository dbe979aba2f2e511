import { randomUUID } from 'node:crypto'
import {
  absent,
  checkWrites,
  type Expected,
  type Item,
  type Key,
  type ListOptions,
  type Store,
} from '../../core/store.ts'

interface Stored {
  readonly version: Expected
  readonly expiresAt?: number
  /** As JSON text, so that nobody can change what is stored through an object they still hold. */
  readonly json: string
}

/**
 * The store of tests and simulations. One map of partitions; a commit is atomic because nothing else runs in between.
 * `now` is epoch milliseconds.
 */
export function memoryStore(now: () => number = Date.now): Store {
  const partitions = new Map<string, Map<string, Stored>>()
  const find = ({ pk, sk }: Key) => partitions.get(pk)?.get(sk)
  const isGone = ({ expiresAt }: Stored) => expiresAt !== undefined && expiresAt * 1000 <= now()

  return {
    async get(keys) {
      return keys.map(({ pk, sk }) => {
        const stored = find({ pk, sk })
        if (stored === undefined) return { pk, sk, expected: absent }
        return { pk, sk, expected: stored.version, ...(isGone(stored) ? {} : { data: JSON.parse(stored.json) }) }
      })
    },
    async list(pk, { prefix = '', after = '', limit }: ListOptions = {}) {
      const items: Item[] = []
      for (const [sk, stored] of partitions.get(pk) ?? []) {
        if (!sk.startsWith(prefix) || sk <= after || isGone(stored)) continue
        items.push({ pk, sk, expected: stored.version, data: JSON.parse(stored.json) })
      }
      return items.sort((a, b) => (a.sk < b.sk ? -1 : 1)).slice(0, limit)
    },
    async commit(writes) {
      const json = checkWrites(writes)
      if (writes.some(({ key, expected }) => (find(key)?.version ?? absent) !== expected)) return 'conflict'
      const version = randomUUID() as string as Expected
      for (const [i, write] of writes.entries()) {
        const partition = partitions.get(write.key.pk) ?? new Map<string, Stored>()
        partitions.set(write.key.pk, partition)
        if (write.kind === 'delete') partition.delete(write.key.sk)
        else partition.set(write.key.sk, { version, expiresAt: write.expiresAt, json: json[i] ?? 'null' })
        if (partition.size === 0) partitions.delete(write.key.pk)
      }
      return 'ok'
    },
    async close() {},
  }
}
