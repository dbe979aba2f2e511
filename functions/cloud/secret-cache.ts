import type { SecretReader } from '../gateway/options.ts'

/** The value of a secret by its id; nothing if it is not stored. Throws when it could not be asked for. */
export type ReadSecret = (id: string) => Promise<string | undefined>

/** For how many milliseconds a value is used, and how many have to pass between two reads of a secret. */
const freshFor = 5 * 60_000
const restBetweenReads = 10_000

interface Entry {
  readonly at: number
  readonly value: Promise<string | undefined>
}

/**
 * Keeps values in memory for five minutes, so that a burst of webhooks is not a burst of reads. `refresh` is for a
 * signature that does not match, since the secret may have been rotated: it reads again, at most every ten seconds, so
 * that whoever sends wrong signatures cannot make us ask for more. A failed read is not cached. `now` is in epoch
 * milliseconds; if the clock is set back, cached values are dropped.
 */
export function cached(read: ReadSecret, now: () => number): SecretReader {
  const entries = new Map<string, Entry>()
  const within = async (id: string, age: number): Promise<string | undefined> => {
    const known = entries.get(id)
    if (known !== undefined && Math.abs(now() - known.at) < age) return await known.value
    const entry: Entry = { at: now(), value: read(id) }
    entries.set(id, entry)
    try {
      return await entry.value
    } catch (error) {
      if (entries.get(id) === entry) entries.delete(id)
      throw error
    }
  }
  return { read: (id) => within(id, freshFor), refresh: (id) => within(id, restBetweenReads) }
}
