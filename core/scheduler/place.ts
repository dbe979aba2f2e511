import type { AgentRule } from '../plan/decisions.ts'
import type { Write } from '../store.ts'
import { type Obstacle, obstacle, ready } from './admission.ts'
import { fresh, type NewRun, starting, takeSlot } from './launch.ts'
import { idle, type LiveAgent, newEntry, writeEntry } from './live.ts'
import type { ProjectItem } from './project.ts'
import type { Run } from './run.ts'
import type { World } from './world.ts'

/** Where a new run goes: into a slot, into the queue, or nowhere. */
export type Place =
  /** `writes` go into the commit that writes the run. */
  | { readonly kind: 'started' | 'queued'; readonly run: Run; readonly writes: readonly Write[] }
  | { readonly kind: 'full' }
  | { readonly kind: 'blocked'; readonly why: Obstacle }

export interface Wish {
  readonly rule: AgentRule
  readonly draft: NewRun
  readonly ticket: string
  /** Whether it may take a slot; one that has lost a race for it goes to the queue, which no two requests share. */
  readonly mayStart: boolean
  /** Milliseconds it may wait for a slot. Absent: it does not wait. */
  readonly patience?: number
}

/** Decides where a new run goes, and what to write for it. `live` is the agent alone, or all when the project has a scale. */
export function place(
  world: World,
  { rule, draft, ticket, mayStart, patience }: Wish,
  project: ProjectItem,
  live: ReadonlyMap<string, LiveAgent>,
): Place {
  const now = world.clock.now()
  const agent = live.get(rule.name) ?? idle(rule.name)
  // Whoever waits comes first, also when the slot that has just become free is not theirs yet.
  const others = agent.queue.length > 0 || ready(world, project, live).length > 0
  const why = obstacle(world, rule, project, live) ?? (others ? 'busy' : undefined)
  if (why === 'off') return { kind: 'blocked', why }
  if (why === undefined && mayStart) {
    const run = starting(fresh(draft), rule.compute, ticket, now)
    return { kind: 'started', run, writes: takeSlot(world, agent, draft.suffix, project, live) }
  }
  if (patience === undefined) return { kind: 'blocked', why: why ?? 'busy' }
  if (agent.queue.length >= world.rules.limits.workQueueSize) return { kind: 'full' }
  const entry = newEntry(agent, draft.suffix, now)
  const run: Run = { ...fresh(draft), state: 'queued', entry: entry.sk }
  return { kind: 'queued', run, writes: [writeEntry(entry, now + patience)] }
}
