import { formatDollars } from '../format.ts'
import type { AgentRule } from '../plan/decisions.ts'
import { after, type Counters, type Day, type Spending } from './spending.ts'
import type { World } from './world.ts'

/** A limit per day, and how much of it is used. */
export interface DayLimit {
  readonly scope: 'project' | 'agent'
  /** Absent for the project. */
  readonly agent?: string
  readonly what: 'maxCostPerDay' | 'maxRunsPerDay'
  /** US dollars, or runs. */
  readonly limit: number
  readonly spent: number
  /** The day in UTC, `2026-11-21`. */
  readonly day: string
}

/** The share of a limit at which a warning is logged. */
export const warnAt = 0.8

/** The project's limits still apply to an agent that is no longer part of the project. */
type Bound = Pick<AgentRule, 'name' | 'limits'>

/** Every limit per day that applies to an agent, the agent's own first. */
function limitsOf(world: World, { name, limits = {} }: Bound, { day, agent, project }: Spending): DayLimit[] {
  return [
    ...against({ scope: 'agent', agent: name, day }, limits, agent.counters),
    ...(project === undefined ? [] : against({ scope: 'project', day }, world.rules.limits, project.counters)),
  ]
}

function against(
  about: Pick<DayLimit, 'scope' | 'agent' | 'day'>,
  { maxCostPerDay, maxRunsPerDay }: NonNullable<AgentRule['limits']>,
  { cost, runs }: Counters,
): DayLimit[] {
  return [
    ...(maxCostPerDay === undefined
      ? []
      : [{ ...about, what: 'maxCostPerDay', limit: maxCostPerDay, spent: cost } as const]),
    ...(maxRunsPerDay === undefined
      ? []
      : [{ ...about, what: 'maxRunsPerDay', limit: maxRunsPerDay, spent: runs } as const]),
  ]
}

const isReached = ({ spent, limit }: DayLimit): boolean => spent >= limit

/** The limit that keeps an agent from starting one more run today; nothing if none does. */
export const startLimit = (world: World, rule: Bound, spending: Spending): DayLimit | undefined =>
  limitsOf(world, rule, spending).find(isReached)

/** The limit that keeps an agent's runs from one more turn of the model; nothing if none does. */
export const turnLimit = (world: World, rule: Bound, spending: Spending): DayLimit | undefined =>
  limitsOf(world, rule, spending).find((one) => one.what === 'maxCostPerDay' && isReached(one))

/** Whether a start has to be counted in its own commit: where runs are limited, the count decides. */
export const countsStarts = ({ rules }: World, { limits }: AgentRule): boolean =>
  limits?.maxRunsPerDay !== undefined || rules.limits.maxRunsPerDay !== undefined

/** Whether what a run spends has to be known before its next turn. */
export const metersTurns = ({ rules }: World, rule: Bound): boolean =>
  rule.limits?.maxCostPerDay !== undefined || rules.limits.maxCostPerDay !== undefined

/**
 * Logs a warning for each limit that this addition brings to 80 %, or to its end: once per day and limit, by whoever
 * committed the addition.
 */
export function warnOf(world: World, rule: Bound, before: Spending, more: Partial<Counters>): void {
  const were = limitsOf(world, rule, before)
  limitsOf(world, rule, after(before, more)).forEach((now, i) => {
    const was = were[i]?.spent ?? 0
    const crossed = (share: number) => was < share * now.limit && now.spent >= share * now.limit
    const { scope, agent, what, limit, spent, day } = now
    const fields = { scope, ...(agent !== undefined && { agent }), what, limit, spent, day }
    if (crossed(1)) world.log('warn', 'a limit is reached: nothing more starts today (UTC)', fields)
    else if (crossed(warnAt)) world.log('warn', 'a limit is used to 80 %', fields)
  })
}

/** The same for a start that was counted in its own commit. */
export function warnOfStart(world: World, rule: AgentRule, spending: Spending | undefined): void {
  if (spending !== undefined && countsStarts(world, rule)) warnOf(world, rule, spending, { runs: 1 })
}

/** All limits per day, with how much of each is used today: the project's first, then by agent. */
export function dayLimits({ rules }: World, { day, agents, project }: Day): DayLimit[] {
  return [
    ...against({ scope: 'project', day }, rules.limits, project),
    ...[...rules.agents.values()].flatMap(({ name, limits = {} }) =>
      against({ scope: 'agent', agent: name, day }, limits, agents[name] ?? { runs: 0, cost: 0, tokens: 0 }),
    ),
  ]
}

/** A limit in words, for people: which one, its value, and how much is used today. */
export function describeLimit({ scope, agent, what, limit, spent, day }: DayLimit): string {
  const whose = scope === 'project' ? 'the project' : `agent "${agent}"`
  const used =
    what === 'maxCostPerDay'
      ? `${formatDollars(spent)} of ${formatDollars(limit)} spent`
      : `${spent} of ${limit} runs started`
  return `${what} of ${whose}: ${used} on ${day} (UTC)`
}
