import { isLive, type Run, runId } from '../../core/scheduler/run.ts'
import type { BreakerLedger } from './breaker-ledger.ts'
import type { Request } from './host.ts'
import type { QueueLedger } from './queue-ledger.ts'
import type { Simulation } from './simulation.ts'

interface Agent {
  /** Suffixes of the runs that have its slots. */
  readonly active: readonly string[]
  readonly paused: boolean
  readonly pausedAt: number
}

interface Observed {
  readonly runs: ReadonlyMap<string, Run>
  readonly queue: QueueLedger
  readonly breakers: BreakerLedger
}

/** Q3, Q4, Q5, Q7: slots are taken by what runs, never by too many, never during a pause, and are not left free. */
export class SlotLedger {
  private readonly agents = new Map<string, Agent>()
  private project: { readonly active?: number; readonly paused?: boolean } = {}
  private projectPausedAt = 0
  /** Since when an agent could start a run that waits. */
  private readonly startable = new Map<string, number>()
  private readonly sim: Simulation
  private readonly observed: Observed

  constructor(sim: Simulation, observed: Observed) {
    this.sim = sim
    this.observed = observed
  }

  /** A commit has written the project's item. */
  putProject(project: { readonly active?: number; readonly paused?: boolean }): void {
    if (project.paused === true && this.project.paused !== true) this.projectPausedAt = this.sim.engine.now
    this.project = project
  }

  /** A commit has written or removed an agent's item. */
  putAgent(name: string, data: unknown): void {
    const { active = [], paused = false } = (data ?? {}) as { active?: string[]; paused?: boolean }
    const before = this.agents.get(name)
    const pausedAt = paused && before?.paused !== true ? this.sim.engine.now : (before?.pausedAt ?? 0)
    this.agents.set(name, { active: [...active], paused, pausedAt })
  }

  /** Q7: a run gets its slot, and nothing is paused. */
  checkPause(run: Run, request: Request): void {
    const agent = this.agents.get(run.agent)
    const pausedAt = this.project.paused === true ? this.projectPausedAt : agent?.paused ? agent.pausedAt : undefined
    if (pausedAt !== undefined && pausedAt < request.began) {
      this.fail('Q7', `${request.what} starts ${runId(run)} ${request.began - pausedAt} ms after the pause`)
    }
  }

  /** Q3: a run gets its slot, and there was one. */
  checkScale(run: Run, request: Request): void {
    const id = runId(run)
    const taken = this.agents.get(run.agent)?.active.length ?? 0
    const scale = request.rules.agents.get(run.agent)?.scale ?? 0
    // What runs goes on when a scale is lowered: it counts when a run starts.
    if (taken > scale) this.fail('Q3', `${request.what} starts ${id} as number ${taken} of ${scale}`)
    const all = this.live().length
    // A host without this limit counts nothing, and another one cannot see that in time.
    const inForce = [request.rules, ...this.sim.rollout.inForce()]
    const most = Math.max(...inForce.map(({ limits }) => limits.scale ?? Number.POSITIVE_INFINITY))
    if (all > most) this.fail('Q3', `${request.what} starts ${id} as number ${all} of the project's ${most}`)
  }

  /** Q4, after a commit: slots are what runs, neither more nor fewer. */
  check(): void {
    const live = this.live()
    for (const name of this.sim.rollout.agents()) {
      const active = this.agents.get(name)?.active ?? []
      const running = live.filter(({ agent }) => agent === name).map(({ suffix }) => suffix)
      if (running.length !== active.length || running.some((suffix) => !active.includes(suffix))) {
        this.fail('Q4', `${name} has slots for [${active}] and runs [${running}]`)
      }
    }
    // While hosts differ, not all of them count; the sweep makes it right when all do.
    const { rules, deploy } = this.sim.scenario
    const counted =
      rules.limits.scale !== undefined && (deploy === undefined || deploy.rules.limits.scale !== undefined)
    if (counted && live.length !== (this.project.active ?? 0)) {
      this.fail('Q4', `the project counts ${this.project.active} runs of ${live.length}`)
    }
  }

  /** After whatever changes which agents could start a run that waits. */
  noteStartable(): void {
    const inForce = this.sim.rollout.inForce()
    const live = this.live()
    const free = inForce.every(({ limits }) => limits.scale === undefined || live.length < limits.scale)
    const { queue, breakers } = this.observed
    for (const name of this.sim.rollout.agents()) {
      const rules = inForce.map(({ agents }) => agents.get(name))
      const scale = Math.min(...rules.map((rule) => rule?.scale ?? 0))
      const { active = [], paused = false } = this.agents.get(name) ?? {}
      const stopped =
        paused || this.project.paused === true || rules.some((rule) => rule !== undefined && breakers.blocks(rule))
      const able = queue.hasWaiting(name) && free && !stopped && active.length < scale
      if (!able) this.startable.delete(name)
      else if (!this.startable.has(name)) this.startable.set(name, this.sim.engine.now)
    }
  }

  /** Q5: a sweep that began then has come to its end without an error. */
  swept(began: number): void {
    for (const [agent, since] of this.startable) {
      if (since < began) this.fail('Q5', `${agent} has a free slot and a waiting run, and a sweep has gone by`)
    }
  }

  private live(): readonly Run[] {
    return [...this.observed.runs.values()].filter(isLive)
  }

  private fail(rule: string, message: string): void {
    this.sim.violated(rule, message)
  }
}
