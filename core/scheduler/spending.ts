import type { AgentRule } from '../plan/decisions.ts'
import type { Expected, Key, Snapshot, Write } from '../store.ts'
import type { Run, Usage } from './run.ts'
import type { World } from './world.ts'

/**
 * The totals of one day, of an agent or of the project. Days are UTC everywhere. Where runs are limited a run counts on
 * the day on which it gets its slot, else on the day on which it ends. What it spends counts on the day on which it is
 * reported.
 */
export interface Counters {
  readonly runs: number
  /** US dollars. */
  readonly cost: number
  readonly tokens: number
}

/** The counters that one decision is about, as they were read. */
export interface Spending {
  readonly day: string
  readonly agent: Counted
  /** Kept only while the project has a limit per day; else its total is the sum of its agents'. */
  readonly project?: Counted
}

interface Counted {
  readonly key: Key
  readonly expected: Expected
  readonly counters: Counters
}

export const nothing: Counters = { runs: 0, cost: 0, tokens: 0 }

/** Seconds for which a day is kept: longer than a month, for whoever looks back at one. */
const keptSeconds = 40 * 24 * 3600

/** The day of an instant (epoch milliseconds) in UTC: `2026-11-21`. */
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10)

/** The sort key of the project in a day; no agent has it. */
const ofProject = '-'

const dayKey = (day: string, who: string): Key => ({ pk: `day#${day}`, sk: who })

/** Whether this agent, or the whole project, has limits per day. */
export const hasDayLimits = ({ rules }: World, rule: AgentRule): boolean =>
  isLimited(rule.limits) || isLimited(rules.limits)

type DayLimits = NonNullable<AgentRule['limits']>

const isLimited = ({ maxCostPerDay, maxRunsPerDay }: DayLimits = {}): boolean =>
  maxCostPerDay !== undefined || maxRunsPerDay !== undefined

/** Reads today's counters of an agent, and the project's where those are kept. */
export async function readSpending(world: World, agent: string): Promise<Spending> {
  const day = dayOf(world.clock.now())
  const keys = [agent, ...(isLimited(world.rules.limits) ? [ofProject] : [])].map((who) => dayKey(day, who))
  const [own, whole] = await world.store.get(keys)
  if (own === undefined) throw new Error('the day was not read')
  return { day, agent: counted(own), ...(whole && { project: await countedProject(world, day, whole) }) }
}

const counted = ({ pk, sk, expected, data }: Snapshot): Counted => ({
  key: { pk, sk },
  expected,
  counters: (data as Counters | undefined) ?? nothing,
})

/** A limit that is set in the middle of a day counts what the agents have spent before. */
async function countedProject(world: World, day: string, snapshot: Snapshot): Promise<Counted> {
  if (snapshot.data !== undefined) return counted(snapshot)
  const agents = Object.values((await readDay(world, day)).agents)
  return { ...counted(snapshot), counters: agents.reduce(plus, nothing) }
}

const plus = (a: Counters, b: Partial<Counters>): Counters => ({
  runs: a.runs + (b.runs ?? 0),
  // Sums of dollars as they come would end in 0.30000000000000004.
  cost: Number((a.cost + (b.cost ?? 0)).toFixed(9)),
  tokens: a.tokens + (b.tokens ?? 0),
})

/** The counters after an addition. */
export const after = ({ agent, project, ...rest }: Spending, more: Partial<Counters>): Spending => ({
  ...rest,
  agent: { ...agent, counters: plus(agent.counters, more) },
  ...(project && { project: { ...project, counters: plus(project.counters, more) } }),
})

const isNothing = ({ runs = 0, cost = 0, tokens = 0 }: Partial<Counters>): boolean =>
  runs === 0 && cost === 0 && tokens === 0

/** The writes that add to a day's totals; they belong into the commit of what they count. */
export function addTo({ agent, project, day }: Spending, more: Partial<Counters>): Write[] {
  if (isNothing(more)) return []
  return [agent, ...(project === undefined ? [] : [project])].map(({ key, expected, counters }) => ({
    kind: 'put',
    key,
    expected,
    data: plus(counters, more),
    expiresAt: Date.parse(day) / 1000 + keptSeconds,
  }))
}

/** What a run has used that no day has counted yet. A container that reports less than before takes nothing back. */
export function unmetered(
  { metered }: Pick<Run, 'metered'>,
  usage: Usage | undefined,
): Pick<Counters, 'cost' | 'tokens'> {
  const { cost = 0, totalTokens = 0 } = usage ?? {}
  return {
    cost: Math.max(0, cost - (metered?.cost ?? 0)),
    tokens: Math.max(0, totalTokens - (metered?.tokens ?? 0)),
  }
}

/** The larger numbers of two reports of one run: an old report that comes late takes nothing back. */
export function mostOf(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const most = Object.entries(b).map(([name, value]) => [name, Math.max(value, a[name as keyof Usage] ?? 0)])
  return Object.fromEntries(most) as unknown as Usage
}

/** A day's counters. */
export interface Day {
  readonly day: string
  readonly agents: Readonly<Record<string, Counters>>
  /** The sum of the agents; never less than the total by which the project's limits are decided. */
  readonly project: Counters
}

/** Reads a day (`2026-11-21`, UTC); it is kept for 40 days. */
export async function readDay(world: Pick<World, 'store'>, day: string): Promise<Day> {
  const items = await world.store.list(`day#${day}`)
  const all = new Map(items.map(({ sk, data }) => [sk, data as Counters]))
  const whole = all.get(ofProject)
  all.delete(ofProject)
  const sum = [...all.values()].reduce(plus, nothing)
  const { runs, cost, tokens } = whole ?? nothing
  const project = {
    runs: Math.max(sum.runs, runs),
    cost: Math.max(sum.cost, cost),
    tokens: Math.max(sum.tokens, tokens),
  }
  return { day, agents: Object.fromEntries(all), project }
}
