import { setImmediate } from 'node:timers/promises'
import type { HostClock } from '../../functions/local/host-clock.ts'

interface Timer {
  readonly due: number
  readonly work: () => void
}

/** A machine's time that passes only when it is told to, for all else at full speed. */
export function virtualClock(start: string) {
  let wall = Date.parse(start)
  let monotonic = 0
  const timers = new Set<Timer>()

  const clock: HostClock = {
    now: () => wall,
    monotonic: () => monotonic,
    sleep: async () => {
      await setImmediate()
    },
    after(ms, work) {
      const timer = { due: monotonic + Math.max(0, ms), work }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }

  const pass = (ms: number) => {
    wall += ms
    monotonic += ms
  }

  return {
    clock,
    /** Timers that wait. */
    waiting: () => timers.size,
    /** Lets so much time pass; timers fire in their order, and `idle` is waited for after each. */
    async advance(ms: number, idle: () => Promise<void>) {
      const end = monotonic + ms
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.due - b.due)
        if (next === undefined || next.due > end) break
        pass(Math.max(0, next.due - monotonic))
        timers.delete(next)
        next.work()
        await idle()
      }
      pass(end - monotonic)
    },
    /** The machine sleeps: no timer fires. On some systems the monotonic clock stands still meanwhile, on some it does not. */
    suspend(ms: number, monotonicStops: boolean) {
      wall += ms
      if (!monotonicStops) monotonic += ms
    },
    /** Somebody sets the clock. */
    set(time: string) {
      wall = Date.parse(time)
    },
  }
}

export type VirtualClock = ReturnType<typeof virtualClock>
