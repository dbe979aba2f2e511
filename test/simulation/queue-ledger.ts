import { type Run, runId } from '../../core/scheduler/run.ts'
import type { Request } from './host.ts'
import type { Simulation } from './simulation.ts'

/** Q1, Q2, T2: which runs wait, and whether they start in the order in which their senders were answered. */
export class QueueLedger {
  private readonly entries = new Map<string, { readonly agent: string; readonly run: string }>()
  /** The request that made a run: when it came, and when it was answered. */
  private readonly requests = new Map<string, { readonly arrived: number; answered?: number }>()
  private readonly sim: Simulation
  private readonly runs: ReadonlyMap<string, Run>

  constructor(sim: Simulation, runs: ReadonlyMap<string, Run>) {
    this.sim = sim
    this.runs = runs
  }

  /** A commit has written or removed a run's place in a queue. */
  put(sk: string, data: unknown): void {
    const [agent = '', , suffix] = sk.split('#')
    if (data === undefined) this.entries.delete(sk)
    else this.entries.set(sk, { agent, run: `${agent}-${suffix}` })
  }

  /** A run is made. */
  arrived(run: Run, { began }: Request): void {
    this.requests.set(runId(run), { arrived: began })
  }

  /** What a client learns: the order of answers is the order of the queue, and a yes means a record. */
  accepted(run: string): void {
    const request = this.requests.get(run)
    if (request === undefined) this.fail('T2', `${run} was promised and is not there`)
    else request.answered ??= this.sim.engine.now
  }

  /** A run gets its slot. */
  checkStart(run: Run, request: Request): void {
    if (run.rerun > 0) return
    const id = runId(run)
    const arrived = this.requests.get(id)?.arrived ?? request.began
    for (const { agent, run: other } of this.entries.values()) {
      const answered = this.requests.get(other)?.answered
      if (agent === run.agent && answered !== undefined && answered < arrived) {
        this.fail('Q2', `${id} starts before ${other}, which was told to wait before it arrived`)
      }
    }
  }

  /** After a commit: every run that waits has one place. */
  check(): void {
    for (const name of this.sim.rollout.agents()) {
      const waiting = [...this.runs.values()].filter(({ agent, state }) => agent === name && state === 'queued')
      const places = [...this.entries.values()].filter(({ agent }) => agent === name)
      if (waiting.length !== places.length) {
        this.fail('Q1', `${name} has ${places.length} places in its queue for ${waiting.length} runs that wait`)
      }
    }
  }

  hasWaiting(name: string): boolean {
    return [...this.entries.values()].some(({ agent }) => agent === name)
  }

  private fail(rule: string, message: string): void {
    this.sim.violated(rule, message)
  }
}
