import { hash } from 'node:crypto'
import type { Expected, Key, Snapshot, Write } from '../store.ts'

/** A lock. It is kept for two days after it was freed, since its fence must never start again from a smaller number. */
export interface Lock {
  readonly key: string
  /** A run id; absent when it is free. */
  readonly holder?: string
  /** Grows with every grant of this key. Whoever works under an older one has lost the lock. */
  readonly fence: number
  /** Epoch milliseconds. */
  readonly heldSince: number
  readonly until: number
}

export interface LockItem {
  readonly expected: Expected
  /** Absent when nobody has asked for the key in two days. */
  readonly lock?: Lock
}

/** Two days in seconds: longer than any clock is set back. */
const remembered = 48 * 3600

export const lockPartition = (key: string): string => `lock#${hash('sha256', key)}`

export const lockKey = (partition: string): Key => ({ pk: partition, sk: '-' })

export const asLock = ({ expected, data }: Snapshot): LockItem => ({ expected, lock: data as Lock | undefined })

export const writeLock = (expected: Expected, lock: Lock): Write => ({
  kind: 'put',
  key: lockKey(lockPartition(lock.key)),
  expected,
  data: lock,
  expiresAt: Math.ceil(lock.until / 1000) + remembered,
})

/** The write that frees a lock if this run holds it still. A lock that somebody else has taken since is left alone. */
export function freeLock({ expected, lock }: LockItem, holder: string, now: number): Write[] {
  if (lock === undefined || lock.holder !== holder) return []
  const { holder: _, ...free } = lock
  return [writeLock(expected, { ...free, until: Math.min(lock.until, now) })]
}
