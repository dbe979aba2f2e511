import type { AgentRule } from '../plan/decisions.ts'
import type { Write } from '../store.ts'
import { type Obstacle, obstacle, ready } from './admission.ts'
import { type Around, fresh, type NewRun, starting, takeSlot } from './launch.ts'
import { type DayLimit, startLimit } from './limits.ts'
import { idle, newEntry, writeEntry } from './live.ts'
import type { Run } from './run.ts'
import type { World } from './world.ts'

/** Where a new run goes: into a slot, into the queue, or nowhere. */
export type Place =
  /** `writes` go into the commit that writes the run. */
  | { readonly kind: 'started' | 'queued'; readonly run: Run; readonly writes: readonly Write[] }
  | { readonly kind: 'full' }
  /** It could start, but a limit per day is reached. */
  | { readonly kind: 'over budget'; readonly limit: DayLimit }
  | { readonly kind: 'blocked'; readonly why: Obstacle }

export interface Wish {
  readonly rule: AgentRule
  readonly draft: NewRun
  readonly ticket: string
  /**
   * Whether it may take a slot. A request that has lost the race for one goes to the queue, where each has its own place.
   */
  readonly mayStart: boolean
  /** Milliseconds it may wait for a slot. Absent: it does not wait. */
  readonly patience?: number
}

/** Decides where a new run goes, and what to write for it. */
export function place(world: World, { rule, draft, ticket, mayStart, patience }: Wish, around: Around): Place {
  const { project, live, spending } = around
  const now = world.clock.now()
  const agent = live.get(rule.name) ?? idle(rule.name)
  // Runs that wait come first, even if the slot that has just become free has not been given to them yet.
  const others = agent.queue.length > 0 || ready(world, project, live).length > 0
  const why = obstacle(world, rule, project, live) ?? (others ? 'busy' : undefined)
  if (why === 'off') return { kind: 'blocked', why }
  if (why === undefined && mayStart) {
    const limit = spending && startLimit(world, rule, spending)
    if (limit !== undefined) return { kind: 'over budget', limit }
    const run = starting(world, rule, fresh(draft), ticket)
    return { kind: 'started', run, writes: takeSlot(world, rule, agent, draft.suffix, around) }
  }
  if (patience === undefined) return { kind: 'blocked', why: why ?? 'busy' }
  if (agent.queue.length >= world.rules.limits.workQueueSize) return { kind: 'full' }
  const entry = newEntry(agent, draft.suffix, now)
  const run: Run = { ...fresh(draft), state: 'queued', entry: entry.sk }
  return { kind: 'queued', run, writes: [writeEntry(entry, now + patience)] }
}
