import { parseCron } from '../cron/cron.ts'
import { firesAt } from '../cron/fires.ts'
import { firstInstantAt, minuteOf, wallClock } from '../cron/wall-clock.ts'
import type { AgentRule } from '../plan/decisions.ts'
import { asSeen, type Dedupe, seenKey, writeSeen } from './seen.ts'
import { type Decision, settle } from './settle.ts'
import { type Triggered, trigger } from './trigger.ts'
import type { World } from './world.ts'

/** Milliseconds after which a tick is not made up for: what was missed does not burst when a host comes back. */
export const latestTick = 5 * 60_000
const remembered = 7 * 24 * 3600

export type Ticked =
  | Triggered
  /** `late`: more than five minutes. `unscheduled`: its line does not name this minute, so it has been changed since. */
  | { readonly kind: 'skipped'; readonly why: 'late' | 'unscheduled' }

/**
 * A schedule's minute has come. The same minute makes one run at most, however often it is told, by however many
 * expressions; one that found the agent busy or paused is over, also when it is told again later. `at` is any instant of
 * the minute, in epoch milliseconds.
 */
export async function tick(world: World, agent: string, at: number, trace?: string): Promise<Ticked> {
  const rule = world.rules.agents.get(agent)
  const minute = rule?.schedule && scheduledMinute(rule.schedule, at)
  if (rule === undefined) return { kind: 'refused', why: 'unknown' }
  if (minute === undefined) return { kind: 'skipped', why: 'unscheduled' }
  const dedupe: Dedupe = { key: `tick|${agent}|${new Date(minute).toISOString()}`, seconds: remembered }
  if (world.clock.now() - at > latestTick) return await skipLate(world, dedupe)
  return await trigger(world, { agent, trigger: { kind: 'tick', at: minute }, dedupe, trace, whenBusy: 'skip' })
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
