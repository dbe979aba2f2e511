import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Log } from '../../core/scheduler/world.ts'
import { clockWatch } from './clock-watch.ts'
import type { HostClock } from './host-clock.ts'
import { type Rounds, rounds } from './rounds.ts'

const minute = 60_000
const hour = 3_600_000

/** Sweeps at once and then a minute after each sweep has ended; after a jump of the clock without ending anything. */
export function sweepTimer(clock: HostClock, log: Log, plane: Pick<ControlPlane, 'sweep'>): Rounds {
  const look = clockWatch(clock)
  let trusted = true
  const sweep = async (late: number) => {
    const now = look(late)
    if (trusted && !now) log('warn', 'the clock has jumped: for one lease nothing counts as lost')
    trusted = now
    await plane.sweep({ trusted })
    return undefined
  }
  return rounds({ clock, log, name: 'the sweep', first: 0, every: minute, run: sweep })
}

/** Stops containers that outlived their run, once an hour. */
export function reapTimer(clock: HostClock, log: Log, plane: Pick<ControlPlane, 'reap'>): Rounds {
  const reap = async () => {
    await plane.reap()
    return undefined
  }
  return rounds({
    clock,
    log,
    name: 'the look for containers that outlived their run',
    first: hour,
    every: hour,
    run: reap,
  })
}
