import { setTimeout } from 'node:timers/promises'

/** How many times in a row a call to the model is made again. */
export const mostRetries = 5

/** No wait is longer, whatever the provider asks for. */
const longestWait = 300_000

/** Waits so many milliseconds; rejects when the signal aborts. A parameter, so that tests need not wait. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>

export const pause: Pause = (ms, signal) => setTimeout(ms, undefined, { signal })

/**
 * Milliseconds before retry `attempt` (from 1). What the provider asks for counts; else 30 s, doubled each time, 300 s at
 * most, of which up to a fifth is left off at random, so that agents that failed together do not come back together.
 * `chance` is in [0, 1).
 */
export function delayBefore(attempt: number, retryAfterMs: number | undefined, chance: number): number {
  if (retryAfterMs !== undefined) return Math.min(Math.ceil(retryAfterMs), longestWait)
  const full = Math.min(30_000 * 2 ** (attempt - 1), longestWait)
  return Math.round(full * (1 - chance / 5))
}
