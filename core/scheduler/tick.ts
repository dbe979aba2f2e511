import { parseCron } from '../cron/cron.ts'
import { firesAt, nextFires } from '../cron/fires.ts'
import { firstInstantAt, minuteOf, wallClock } from '../cron/wall-clock.ts'
import type { AgentRule } from '../plan/decisions.ts'
import { asSeen, type Dedupe, seenKey, writeSeen } from './seen.ts'
import { type Decision, settle } from './settle.ts'
import { type Triggered, trigger } from './trigger.ts'
import type { World } from './world.ts'

/** Milliseconds after which a tick is late. What is missed then is up to the misfire policy. */
export const latestTick = 5 * 60_000
/** Milliseconds after the next minute of its line at which a tick is overtaken by it. */
const overtakenAfter = 60_000
const remembered = 7 * 24 * 3600

export type Ticked =
  | Triggered
  /**
   * `late`: by more than five minutes, or overtaken by the next minute of its line. `unscheduled`: its line does not
   * name this minute, so it has been changed since.
   */
  | { readonly kind: 'skipped'; readonly why: 'late' | 'unscheduled' }

/**
 * A schedule's minute has come. The same minute makes one run at most, however often it is reported, by however many
 * expressions. A minute that found the agent busy or paused is settled, even if it is reported again later. `at` is any
 * instant of the minute, in epoch milliseconds.
 *
 * Delayed ticks that come all at once do not make a burst of runs: a minute counts only until one minute after the line's
 * next one.
 */
export async function tick(world: World, agent: string, at: number, trace?: string): Promise<Ticked> {
  const rule = world.rules.agents.get(agent)
  const minute = rule?.schedule && scheduledMinute(rule.schedule, at)
  if (rule === undefined) return { kind: 'refused', why: 'unknown' }
  if (minute === undefined) return { kind: 'skipped', why: 'unscheduled' }
  const dedupe = tickDedupe(agent, minute)
  const now = world.clock.now()
  const late = now - at > latestTick && rule.schedule?.misfire !== 'once'
  if (late || isOvertaken(rule, minute, now)) return await skipLate(world, dedupe)
  return await trigger(world, { agent, trigger: { kind: 'tick', at: minute }, dedupe, trace, whenBusy: 'skip' })
}

/** The key by which one minute of an agent is recognised; `minute` is its first instant, in epoch milliseconds. */
export const tickDedupe = (agent: string, minute: number): Dedupe => ({
  key: `tick|${agent}|${new Date(minute).toISOString()}`,
  seconds: remembered,
})

/** Whether the line's next minute has come already, so that a run for this one would be part of a burst. */
function isOvertaken({ schedule }: AgentRule, minute: number, now: number): boolean {
  const parsed = schedule && parseCron(schedule.line)
  if (schedule === undefined || !parsed?.ok) return false
  const [next] = nextFires(parsed.cron, schedule.timezone, new Date(minute), 1)
  return next !== undefined && now >= next.getTime() + overtakenAfter
}

/**
 * The first instant of the minute on the wall clock of the zone, if the line names it. A clock that is set back shows a
 * minute twice; a scheduler that fires once does not say for which of the two.
 */
function scheduledMinute({ line, timezone }: NonNullable<AgentRule['schedule']>, at: number): number | undefined {
  const parsed = parseCron(line)
  const first = firstInstantAt(timezone, wallClock(timezone, minuteOf(new Date(at))))
  if (!parsed.ok || first === undefined) return undefined
  return firesAt(parsed.cron, timezone, new Date(first)) ? first : undefined
}

async function skipLate(world: World, dedupe: Dedupe): Promise<Ticked> {
  return await settle(world, async (): Promise<Decision<Ticked>> => {
    const [item] = await world.store.get([seenKey(dedupe)])
    const seen = asSeen(item)
    if (seen !== undefined) return { answer: { kind: 'duplicate', ...seen } }
    if (item === undefined) return 'stale'
    return {
      writes: [writeSeen(world, dedupe, item.expected, { skipped: 'late' })],
      answer: { kind: 'skipped', why: 'late' },
    }
  })
}
