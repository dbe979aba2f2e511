import { parseCron } from '../../core/cron/cron.ts'
import { nextFires } from '../../core/cron/fires.ts'
import { minuteOf } from '../../core/cron/wall-clock.ts'
import type { AgentRule } from '../../core/plan/decisions.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import { latestTick } from '../../core/scheduler/tick.ts'
import type { Log } from '../../core/scheduler/world.ts'
import { type Due, dueAt, tickAll } from '../schedules/tick-all.ts'
import type { HostClock } from './host-clock.ts'
import { type Rounds, rounds } from './rounds.ts'

const MINUTE = 60_000

/**
 * Ticks the agents of this process by its own clock. It wakes as each minute begins, by what the wall clock says then, so
 * it does not drift. Minutes that it slept through are told if they began no more than five minutes ago, for the control
 * plane to judge; what is older is logged, unless the sweep makes up for it (the misfire policy `once`). A clock that is set back tells a minute again, which the control plane has seen. A tick that failed is
 * tried again in the next minute, as a cloud's scheduler would. `agents` is asked each minute: they change with the project.
 *
 *   wake at 10:03:00    10:00 10:01 10:02 10:03    each minute since the last one that was told
 */
export function scheduleTimer(
  clock: HostClock,
  log: Log,
  agents: () => readonly AgentRule[],
  plane: Pick<ControlPlane, 'tick'>,
): Rounds {
  const scheduled = () => agents().filter(({ schedule, scale }) => schedule !== undefined && scale > 0)
  // The minute that has begun before this process did belongs to whoever was there.
  let next = Math.ceil(clock.now() / MINUTE) * MINUTE
  let owed: Due[] = []

  async function minute(): Promise<number> {
    const now = clock.now()
    const current = minuteOf(new Date(now))
    if (next - current > MINUTE) {
      log('warn', 'the clock was set back', { to: new Date(now).toISOString() })
      next = current
    }
    const from = Math.max(next, Math.ceil((now - latestTick) / MINUTE) * MINUTE)
    if (from > next) reportMissed(next, from)
    next = Math.max(next, current + MINUTE)
    owed = await tickAll(plane, log, inTime(owed, now))
    // One after the other: two minutes of one agent would only be in each other's way.
    for (let at = from; at <= current; at += MINUTE) owed.push(...(await tickAll(plane, log, dueAt(scheduled(), at))))
    return Math.max(0, next - clock.now())
  }

  function reportMissed(since: number, until: number): void {
    const missed = scheduled()
      .filter((agent) => agent.schedule?.misfire !== 'once' && (firstFire(agent, since) ?? until) < until)
      .map(({ name }) => name)
    const period = { from: new Date(since).toISOString(), until: new Date(until).toISOString() }
    if (missed.length > 0)
      log('warn', 'schedules came while this machine slept or was too busy; they are skipped', { missed, ...period })
  }

  return rounds({ clock, log, name: 'the schedules', first: next - clock.now(), every: MINUTE, run: minute })
}

const inTime = (due: readonly Due[], now: number): Due[] => due.filter(({ at }) => now - at <= latestTick)

/** The first minute the agent's line names at `since` or later, epoch milliseconds. */
function firstFire({ schedule }: AgentRule, since: number): number | undefined {
  const parsed = schedule && parseCron(schedule.line)
  if (schedule === undefined || !parsed?.ok) return undefined
  return nextFires(parsed.cron, schedule.timezone, new Date(since - 1), 1)[0]?.getTime()
}
