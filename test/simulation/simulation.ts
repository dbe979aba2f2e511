import { type ControlPlane, controlPlane } from '../../core/scheduler/control-plane.ts'
import type { Finished } from '../../core/scheduler/finish.ts'
import type { Run } from '../../core/scheduler/run.ts'
import type { World } from '../../core/scheduler/world.ts'
import type { Store } from '../../core/store.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import { Engine } from './engine.ts'
import { Host } from './host.ts'
import { Ledger } from './ledger.ts'
import { Platform } from './platform.ts'
import { type Random, randomFrom } from './random.ts'
import { Rollout } from './rollout.ts'
import { allFaults, type Faults, randomScenario, type Scenario } from './scenario.ts'
import { Traffic } from './traffic.ts'

export interface Subject {
  readonly controlPlane: (world: World) => ControlPlane
  readonly memoryStore: (now: () => number) => Store
}

export interface Options {
  readonly seed: number
  /** What is under test. */
  readonly subject?: Subject
  /** From 0 to 1: how long, and how much happens. */
  readonly size?: number
  readonly faults?: Faults
  /** Keeps a trace of every step. */
  readonly traced?: boolean
}

/** A rule that did not hold. */
export interface Violation {
  readonly rule: string
  readonly message: string
}

export interface Outcome {
  readonly seed: number
  readonly violation?: Violation
  readonly commits: number
  readonly history: readonly Run[]
  readonly limitsReached: number
  readonly trace: readonly string[]
}

/** After the last event, until whatever may wait has waited long enough. */
const aftermath = 4 * 3600_000

/**
 * One history of a random project in a rough world, in virtual time: hosts that die, answers that get lost, containers
 * that never come or come twice. Everything follows from the seed.
 */
export class Simulation {
  readonly random: Random
  readonly engine: Engine
  readonly scenario: Scenario
  readonly store: Store
  readonly ledger: Ledger
  readonly platform: Platform
  readonly controlPlane: (world: World) => ControlPlane
  readonly rollout: Rollout
  readonly hosts: readonly Host[]
  private readonly options: Options
  private readonly lines: string[] = []
  private ids = 0
  private violation: Violation | undefined

  constructor(options: Options) {
    this.options = options
    this.random = randomFrom(options.seed)
    this.scenario = randomScenario(this.random, options.size, options.faults ?? allFaults)
    this.engine = new Engine(this.random, this.scenario.start)
    const subject = options.subject ?? { controlPlane, memoryStore }
    this.store = subject.memoryStore(() => this.engine.now)
    this.controlPlane = subject.controlPlane
    this.ledger = new Ledger(this)
    this.platform = new Platform(this)
    this.rollout = new Rollout(this)
    const { hosts, skew } = this.scenario
    this.hosts = Array.from(
      { length: hosts },
      (_, i) => new Host(this, `host ${i + 1}`, this.random.between(-skew, skew)),
    )
  }

  async run(): Promise<Outcome> {
    const traffic = new Traffic(this)
    traffic.begin()
    this.rollout.begin()
    const end = this.scenario.start + this.scenario.duration
    const stop = () => this.violation !== undefined
    await this.engine.run(end, stop)
    traffic.end()
    await this.engine.run(end + aftermath, stop)
    if (!stop()) await this.ledger.finished()
    const { seed } = this.options
    return {
      seed,
      violation: this.violation,
      commits: this.ledger.commits,
      history: [...this.ledger.runs.values()],
      limitsReached: this.ledger.spending.limitsReached,
      trace: this.lines,
    }
  }

  host(): Host {
    return this.random.pick(this.hosts)
  }

  nextId(): number {
    this.ids += 1
    return this.ids
  }

  /** Milliseconds one way: mostly a few, now and then a minute. */
  latency(): number {
    return this.random.chance(this.scenario.faults.stall)
      ? this.random.between(100, this.random.pick([2000, 15_000, 60_000]))
      : this.random.between(1, 30)
  }

  /** What the clocks of all hosts are past. */
  slowestClock(): number {
    return this.engine.now - this.scenario.skew
  }

  /** What the clock of some host may show already. */
  fastestClock(): number {
    return this.engine.now + this.scenario.skew
  }

  trace(line: () => string): void {
    if (this.options.traced === true)
      this.lines.push(`${((this.engine.now - this.scenario.start) / 1000).toFixed(3).padStart(9)} ${line()}`)
  }

  /** The first violation counts, and ends the history. */
  violated(rule: string, message: string): void {
    this.violation ??= { rule, message: `${rule}: ${message}` }
    this.trace(() => `VIOLATION ${rule}: ${message}`)
  }

  /** A container was told how its run ended. */
  finished(run: string, { outcome }: Extract<Finished, { kind: 'done' }>): void {
    const stored = this.ledger.runs.get(run)
    if (stored?.state !== 'done' || stored.outcome !== outcome) {
      this.violated('R1', `${run} was told that it is ${outcome}, and it is ${stored?.state} ${stored?.outcome}`)
    }
  }
}

export const simulate = (options: Options): Promise<Outcome> => new Simulation(options).run()
