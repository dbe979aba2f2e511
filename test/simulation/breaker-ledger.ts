import type { AgentRule } from '../../core/plan/decisions.ts'
import type { Breaker } from '../../core/scheduler/breaker.ts'
import { type Run, runId } from '../../core/scheduler/run.ts'
import type { Request } from './host.ts'
import type { Simulation } from './simulation.ts'

/** A circuit breaker, and since when it is as it is. */
interface KnownBreaker {
  readonly breaker: Breaker
  readonly at: number
}

/** R5: nothing starts on what a provider refuses, but for one run at a time that tries again. */
export class BreakerLedger {
  private readonly breakers = new Map<string, KnownBreaker>()
  private before: ReadonlyMap<string, KnownBreaker> = new Map()
  private readonly sim: Simulation
  private readonly runs: ReadonlyMap<string, Run>

  constructor(sim: Simulation, runs: ReadonlyMap<string, Run>) {
    this.sim = sim
    this.runs = runs
  }

  /** A commit has succeeded; what it wrote comes next. */
  committed(): void {
    this.before = new Map(this.breakers)
  }

  /** The commit has written all the project's breakers. */
  put(breakers: Readonly<Record<string, Breaker>> = {}): void {
    for (const [key, breaker] of Object.entries(breakers)) {
      const known = this.breakers.get(key)
      if (JSON.stringify(known?.breaker) === JSON.stringify(breaker)) continue
      this.breakers.set(key, { breaker, at: this.sim.engine.now })
    }
    for (const key of this.breakers.keys()) if (breakers[key] === undefined) this.breakers.delete(key)
  }

  /** A run gets its slot. */
  checkStart(run: Run, { what, began, rules }: Request): void {
    const rule = rules.agents.get(run.agent)
    const id = runId(run)
    for (const [key, { breaker, at }] of this.before) {
      const isOurs = rule !== undefined && breakersOf(rule).includes(key)
      if (!isOurs || at >= began || this.goesOnAfter(run, breaker.probe)) continue
      if (breaker.probe !== undefined) this.fail(`${what} starts ${id} while ${breaker.probe} tries ${key}`)
      else if (this.sim.fastestClock() < breaker.until) this.fail(`${what} starts ${id} while ${key} is refused`)
      else if (this.breakers.get(key)?.breaker.probe !== id) {
        this.fail(`${what} starts ${id} on ${key}, and it is not its probe`)
      }
    }
  }

  /** Whether a breaker may keep this agent waiting. Whoever was refused last lets others go first for a minute. */
  blocks(rule: AgentRule): boolean {
    return breakersOf(rule).some((key) => {
      const breaker = this.breakers.get(key)?.breaker
      return breaker !== undefined && (breaker.probe !== undefined || this.sim.slowestClock() < breaker.until + 60_000)
    })
  }

  /** A probe that has done its work may go on in a rerun. */
  private goesOnAfter({ suffix }: Run, probe: string | undefined): boolean {
    return probe !== undefined && this.runs.get(probe)?.next === suffix
  }

  private fail(message: string): void {
    this.sim.violated('R5', message)
  }
}

/** What may keep an agent from starting: its model, its key, and either as it alone has said. */
const breakersOf = ({ name, model, modelKey = `the identity of ${name}` }: AgentRule): readonly string[] =>
  [model, modelKey].flatMap((key) => [key, `${key} for ${name}`])
