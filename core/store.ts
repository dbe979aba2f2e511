/**
 * The Store port: all state of a project, behind three operations that DynamoDB, Firestore, SQLite and memory can keep
 * the same promises for.
 *
 * - `get` is strongly consistent for each item; items of one call may be of different moments.
 * - `list` is ordered by sort key and promises no snapshot: what safety depends on belongs into the write set.
 * - `commit` is all or nothing. Every write names the version it was decided on.
 *
 * A version is the random id of the commit that wrote the item, never a counter: an item that is deleted and made again
 * must not look like the one before to a slow writer. `expiresAt` is garbage collection for what is final. An expired item
 * reads as absent at once, whatever the store has swept; leases and deadlines are data.
 */
export interface Key {
  readonly pk: string
  readonly sk: string
}

/**
 * What was read of a key, and what a write to it is conditioned on: hand it back as it is. It also stands for "nothing
 * there", and for a leftover that has expired.
 */
export type Expected = string & { readonly __expected: unique symbol }

export interface Item extends Key {
  readonly expected: Expected
  readonly data: unknown
}

/** A key that was asked for: with its data, or with the expectation that there is none. */
export interface Snapshot extends Key {
  readonly expected: Expected
  /** Absent when there is no such item. */
  readonly data?: unknown
}

export type Write =
  | {
      readonly kind: 'put'
      readonly key: Key
      readonly expected: Expected
      /** Plain JSON. */
      readonly data: unknown
      /** Epoch seconds from which the item counts as gone. At least ten minutes ahead. */
      readonly expiresAt?: number
    }
  | { readonly kind: 'delete'; readonly key: Key; readonly expected: Expected }

export interface ListOptions {
  /** Only sort keys that start with this. */
  readonly prefix?: string
  /** Only sort keys after this one. */
  readonly after?: string
  /** At most so many items; all of them when absent. */
  readonly limit?: number
}

export interface Store {
  /** Writes are billed by the kilobyte: what is long is worth compressing. */
  readonly billsBytes?: boolean
  /** One snapshot per key, in the order asked for. */
  get(keys: readonly Key[]): Promise<readonly Snapshot[]>
  /** The items of a partition, by sort key. Keys that are to be in order are ASCII: stores differ beyond it. */
  list(pk: string, options?: ListOptions): Promise<readonly Item[]>
  /**
   * Writes everything or nothing. `conflict` means that nothing was written because an expectation did not hold, or that
   * the store could not tell: decide again from a fresh read. A commit whose answer was lost is settled by reading back.
   */
  commit(writes: readonly Write[]): Promise<'ok' | 'conflict'>
  close(): Promise<void>
}

/** The expectation that there is no item. */
export const absent = '' as Expected

/** Writes of one commit: bounded, so that every store can do it in one request. */
export const mostWrites = 8

/** Largest item, in bytes of its data as JSON; all stores hold more (DynamoDB 400 KB). */
const largestItem = 360 * 1024

/**
 * Refuses writes that break the contract, before they reach a store: every adapter calls this first. A lone delete is
 * refused because, if its answer is lost, nothing could be read back to tell whether it happened. Returns the data of the
 * puts as JSON, in the order of the writes.
 */
export function checkWrites(writes: readonly Write[]): readonly string[] {
  if (writes.length === 0 || writes.length > mostWrites) {
    throw new RangeError(`a commit has 1 to ${mostWrites} writes, not ${writes.length}`)
  }
  if (writes.every(({ kind }) => kind === 'delete')) throw new RangeError('a commit of deletes only cannot be settled')
  const keys = new Set(writes.map(({ key }) => `${key.pk}\0${key.sk}`))
  if (keys.size < writes.length) throw new RangeError('a commit writes each item once')
  return writes.map((write) => {
    if (write.key.pk === '' || write.key.sk === '') throw new RangeError('a key has a partition and a sort key')
    if (write.kind === 'delete') return ''
    const json = JSON.stringify(write.data) ?? 'null'
    const bytes = Buffer.byteLength(json)
    if (bytes > largestItem) throw new RangeError(`an item of ${bytes} bytes is over the limit of ${largestItem}`)
    return json
  })
}
