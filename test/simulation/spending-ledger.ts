import type { DayLimits } from '../../core/plan/decisions.ts'
import { type Run, runId, type Usage } from '../../core/scheduler/run.ts'
import { type Counters, dayOf } from '../../core/scheduler/spending.ts'
import type { Write } from '../../core/store.ts'
import type { Simulation } from './simulation.ts'

/** A limit of the cost of a day that has been reached: when, and what was on record of each run then. */
interface Reached {
  readonly at: number
  readonly recorded: ReadonlyMap<string, number>
}

/**
 * R6: what agents spend, counted a second time from what their containers do, and held against the limits. It watches the
 * days that are committed, and believes nothing that the code under test computes from them.
 */
export class SpendingLedger {
  private readonly days = new Map<string, Map<string, Counters>>()
  private readonly reached = new Map<string, Reached>()
  private readonly sim: Simulation

  constructor(sim: Simulation) {
    this.sim = sim
  }

  /** A commit has succeeded. `before` are the runs as they were. */
  committed(writes: readonly Write[], before: ReadonlyMap<string, Run>): void {
    for (const write of writes) {
      const { pk, sk } = write.key
      if (!pk.startsWith('day#') || write.kind !== 'put') continue
      const day = pk.slice('day#'.length)
      const counters = write.data as Counters
      this.dayOf(day).set(sk, counters)
      this.checkDay(day, sk, counters, before)
    }
  }

  private dayOf(day: string): Map<string, Counters> {
    const known = this.days.get(day) ?? new Map<string, Counters>()
    this.days.set(day, known)
    return known
  }

  private limitsOf(who: string): DayLimits {
    const { rules, deploy } = this.sim.scenario
    if (who === '-') return rules.limits
    // A deployment brings new agents, and leaves limits as they are.
    return (rules.agents.get(who) ?? deploy?.rules.agents.get(who))?.limits ?? {}
  }

  private checkDay(day: string, who: string, { runs, cost }: Counters, before: ReadonlyMap<string, Run>): void {
    const { maxRunsPerDay, maxCostPerDay } = this.limitsOf(who)
    if (maxRunsPerDay !== undefined && runs > maxRunsPerDay) {
      this.fail(`${who} has started ${runs} of ${maxRunsPerDay} runs on ${day}`)
    }
    const key = `${day} ${who}`
    if (maxCostPerDay !== undefined && cost >= maxCostPerDay && !this.reached.has(key)) {
      const recorded = new Map([...before].map(([id, { usage }]) => [id, usage?.turnCount ?? 0]))
      this.reached.set(key, { at: this.sim.engine.now, recorded })
    }
  }

  /** All days together have what all runs have reported, and no more. */
  check(runs: ReadonlyMap<string, Run>): void {
    const expected = new Map<string, { runs: number; cost: number }>()
    for (const run of runs.values()) {
      if (run.startedAt === undefined) continue
      const sum = expected.get(run.agent) ?? { runs: 0, cost: 0 }
      const done = run.state === 'done'
      sum.runs += done || run.counted === true ? 1 : 0
      sum.cost += done ? (run.usage?.cost ?? 0) : (run.metered?.cost ?? 0)
      expected.set(run.agent, sum)
    }
    for (const [agent, sum] of expected)
      this.compare(
        agent,
        sum,
        [...this.days.values()].map((day) => day.get(agent)),
      )
    for (const [day, all] of this.days) {
      const { '-': whole, ...agents } = Object.fromEntries(all)
      if (whole === undefined) continue
      const sum = Object.values(agents).reduce(
        (total, one) => ({ runs: total.runs + one.runs, cost: total.cost + one.cost }),
        { runs: 0, cost: 0 },
      )
      this.compare(`the project on ${day}`, sum, [whole])
    }
  }

  private compare(who: string, sum: { runs: number; cost: number }, counted: readonly (Counters | undefined)[]): void {
    const runs = counted.reduce((total, day) => total + (day?.runs ?? 0), 0)
    const cost = counted.reduce((total, day) => total + (day?.cost ?? 0), 0)
    if (runs !== sum.runs || Math.abs(cost - sum.cost) > 1e-6) {
      this.fail(`${who} has ${runs} runs and $${cost} on its days, and its runs come to ${sum.runs} and $${sum.cost}`)
    }
  }

  /** A run has ended, or was never begun, because of a limit: it has to be reached. */
  checkReason(run: Run): void {
    if (run.outcome !== 'budget_exceeded') return
    const { now } = this.sim.engine
    const skew = this.sim.scenario.skew
    const days = new Set([dayOf(now - skew), dayOf(now), dayOf(now + skew), dayOf(run.createdAt)])
    const isReached = [...days].some((day) =>
      [run.agent, '-'].some((who) => {
        const { runs = 0, cost = 0 } = this.days.get(day)?.get(who) ?? {}
        const { maxRunsPerDay = Number.POSITIVE_INFINITY, maxCostPerDay = Number.POSITIVE_INFINITY } =
          this.limitsOf(who)
        return runs >= maxRunsPerDay || cost >= maxCostPerDay
      }),
    )
    if (!isReached) this.fail(`${runId(run)} ended as over budget, and no limit is reached`)
  }

  /** A container has got an answer of its model. Once a day has reached its limit, each makes one more turn at most. */
  turned(run: Pick<Run, 'agent' | 'suffix'>, { turnCount }: Usage): void {
    const id = runId(run)
    const { now } = this.sim.engine
    const day = dayOf(now)
    // Around midnight hosts differ about the day.
    if (dayOf(now + this.sim.scenario.skew) !== day) return
    for (const who of [run.agent, '-']) {
      const reached = this.reached.get(`${day} ${who}`)
      if (reached === undefined) continue
      const more = turnCount - (reached.recorded.get(id) ?? 0)
      if (more > 1) this.fail(`${id} makes ${more} turns beyond what ${who} may spend on ${day}`)
    }
  }

  /** How often a limit was reached, for whoever asks whether this is tested at all. */
  get limitsReached(): number {
    return this.reached.size
  }

  private fail(message: string): void {
    this.sim.violated('R6', message)
  }
}
