import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../core/scheduler/world.ts'

/** The time of a machine: what the local host needs of it. In a test it is virtual, and days of schedules pass in a moment. */
export interface HostClock extends Clock {
  /** Milliseconds on a clock that nobody sets; only differences mean something. */
  monotonic(): number
  /** Does the work once, after so many milliseconds; the answer cancels it. */
  after(ms: number, work: () => void): () => void
}

export const systemClock: HostClock = {
  now: Date.now,
  monotonic: () => performance.now(),
  sleep: async (ms) => {
    await sleep(ms)
  },
  after(ms, work) {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
}
