import { leases } from '../../core/scheduler/launcher.ts'
import type { HostClock } from './host-clock.ts'

/** Milliseconds by which the wall clock may move more or less than expected, before nothing is concluded from it. */
const longestStep = 120_000
const longestLease = Math.max(...Object.values(leases).map(({ lease }) => lease))

/**
 * Tells whether the wall clock can be trusted to say that somebody has been silent for too long. It cannot after a jump:
 * the machine slept, and every container on it; or the clock was set. Then each container gets one whole lease to be heard.
 *
 * The answer is a look at the clock, to be had before each sweep. `late` is by how many milliseconds of the wall clock a
 * timer came late: on some systems the monotonic clock goes on while the machine sleeps, so that comparing the two says
 * nothing.
 */
export function clockWatch(clock: HostClock): (late: number) => boolean {
  let last = { wall: clock.now(), monotonic: clock.monotonic() }
  let distrustedUntil = Number.NEGATIVE_INFINITY
  return (late) => {
    const now = { wall: clock.now(), monotonic: clock.monotonic() }
    const step = now.wall - last.wall - (now.monotonic - last.monotonic)
    last = now
    if (Math.abs(step) > longestStep || Math.abs(late) > longestStep) distrustedUntil = now.monotonic + longestLease
    return now.monotonic >= distrustedUntil
  }
}
