import { type Cron, parseCron } from '../cron/cron.ts'
import { nextFires } from '../cron/fires.ts'
import type { AgentRule } from '../plan/decisions.ts'
import type { Key } from '../store.ts'
import { asSeen, seenKey } from './seen.ts'
import { type Decision, settle } from './settle.ts'
import { tickDedupe } from './tick.ts'
import { type Triggered, trigger } from './trigger.ts'
import type { World } from './world.ts'

/** Up to which moment the minutes of a schedule have been checked. */
interface Marker {
  readonly line: string
  readonly timezone: string
  /** Epoch milliseconds: all minutes until then are settled. */
  readonly since: number
}

const markerKey = (agent: string): Key => ({ pk: `schedule#${agent}`, sk: '-' })

/** Milliseconds for which the tick itself is awaited before its minute counts as missed. */
const patience = 2 * 60_000

/**
 * The misfire policy `once`: if minutes of the schedule have passed without a tick, one run is made for the newest of
 * them, and none for the others. A schedule that is new or was changed begins now: nothing before that was missed. The
 * run is the one that the minute's own tick would make, so there is only one, even if that tick still comes.
 *
 * Each sweep calls this. It reads one item for each agent with this policy, and nothing for others.
 */
export async function makeUp(world: World, rule: AgentRule): Promise<Triggered | undefined> {
  const { schedule, name: agent } = rule
  const parsed = schedule && parseCron(schedule.line)
  if (schedule === undefined || !parsed?.ok) return undefined
  const { line, timezone } = schedule
  const key = markerKey(agent)
  const missed = await settle(world, async (): Promise<Decision<number | undefined>> => {
    const [item] = await world.store.get([key])
    if (item === undefined) return 'stale'
    const now = world.clock.now()
    const settledUntil = (since: number): Decision<undefined> => ({
      writes: [{ kind: 'put', key, expected: item.expected, data: { line, timezone, since } satisfies Marker }],
      answer: undefined,
    })
    const marker = item.data as Marker | undefined
    if (marker?.line !== line || marker.timezone !== timezone) return settledUntil(now)
    const newest = newestFire(parsed.cron, timezone, marker.since, now - patience)
    if (newest === undefined) return { answer: undefined }
    const [seen] = await world.store.get([seenKey(tickDedupe(agent, newest))])
    return asSeen(seen) === undefined ? { answer: newest } : settledUntil(newest)
  })
  if (missed === undefined) return undefined
  const answer = await trigger(world, {
    agent,
    trigger: { kind: 'tick', at: missed },
    dedupe: tickDedupe(agent, missed),
    whenBusy: 'skip',
  })
  world.log('info', 'a missed schedule is made up for', { agent, minute: new Date(missed).toISOString(), ...answer })
  return answer
}

/** The last minute after `after` and until `until` (epoch milliseconds) that the line names. */
function newestFire(cron: Cron, timezone: string, after: number, until: number): number | undefined {
  const next = (from: number) => nextFires(cron, timezone, new Date(from), 1)[0]?.getTime() ?? Number.POSITIVE_INFINITY
  if (next(after) > until) return undefined
  // Searched from the end, further back each time: a host may have been off for a year.
  for (let back = 3600_000; ; back *= 4) {
    const from = Math.max(after, until - back)
    let newest: number | undefined
    for (let at = next(from); at <= until; at = next(at)) newest = at
    if (newest !== undefined || from === after) return newest
  }
}
