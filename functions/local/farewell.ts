import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Run } from '../../core/scheduler/run.ts'
import { sideBySide } from '../../core/scheduler/side-by-side.ts'
import type { Log } from '../../core/scheduler/world.ts'
import type { HostClock } from './host-clock.ts'

export interface FarewellOptions {
  readonly plane: Pick<ControlPlane, 'overview' | 'kill'>
  readonly clock: HostClock
  readonly log: Log
  /** Keeps anything new from starting. */
  readonly startNothing: () => void
  /** Whether a run has no container, so that nobody needs to wait for it: it stays for the next host. */
  readonly isAtRest: (run: Run) => boolean
  /** Resolves when nothing is left of the containers that have run. */
  readonly cleared: () => Promise<void>
  /** When a container has ended last, by the monotonic clock; `-Infinity` when none has. */
  readonly lastEnd: () => number
  readonly close: () => Promise<void>
  /** Told how many runs are waited for, whenever their number changes. */
  readonly onWaiting?: (runs: number) => void
}

/** How a host leaves: it starts nothing more, waits for what runs, and closes. What waits in a queue stays there. */
export interface Farewell {
  /** Waits for the live runs, for so many milliseconds at most; then kills them. Said again, the shorter time holds. */
  leave(patience?: number): Promise<void>
}

/** Milliseconds between two looks at what still runs. */
const interval = 200

/** Milliseconds in which runs that were killed end: three until their container is killed, and some to record it. */
const lastSeconds = 8000

/** Milliseconds for what a container has left behind: it may still be ending when its run is over. */
const forClearing = 5000

/** Milliseconds in which those who watch a run still learn how it ended: they ask twice a second. */
const lastLook = 2000

const killed = 'the host was stopped'

export function farewell(options: FarewellOptions): Farewell {
  const { plane, clock, log, onWaiting = () => {} } = options
  let until = Number.POSITIVE_INFINITY
  let leaving: Promise<void> | undefined

  const live = async () => (await plane.overview()).runs.filter((run) => !options.isAtRest(run))

  /** Until nothing runs, or the time is over. */
  async function waitUntil(over: () => boolean): Promise<readonly Run[]> {
    let told = 0
    for (;;) {
      const runs = await live()
      if (runs.length !== told) onWaiting(runs.length)
      told = runs.length
      if (told === 0 || over()) return runs
      await clock.sleep(interval)
    }
  }

  async function clear(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const cancel = clock.after(forClearing, resolve)
    await Promise.race([options.cleared(), late]).finally(cancel)
  }

  async function go(): Promise<void> {
    options.startNothing()
    try {
      const left = await waitUntil(() => clock.monotonic() >= until)
      if (left.length > 0) {
        await sideBySide(left, async (run) => {
          await plane.kill(run, killed)
        })
        const end = clock.monotonic() + lastSeconds
        const stubborn = await waitUntil(() => clock.monotonic() >= end)
        if (stubborn.length > 0) log('warn', 'runs did not end; the next host finds them', { runs: stubborn.length })
      }
      await clear()
      await clock.sleep(Math.max(0, options.lastEnd() + lastLook - clock.monotonic()))
    } catch (error) {
      log('error', 'could not wait for what runs; the next host finds it', { error: String(error) })
    }
    await options.close()
  }

  return {
    leave(patience = Number.POSITIVE_INFINITY) {
      until = Math.min(until, clock.monotonic() + patience)
      leaving ??= go()
      return leaving
    },
  }
}
