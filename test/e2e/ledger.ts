import type { Answered } from './sent.ts'

export interface Delivery {
  readonly id: string
  /** The agents it matches. */
  readonly agents: readonly string[]
  /** Whether a sender has heard a 2xx. */
  accepted: boolean
}

/** What the outside world was told, to be held against what the table says in the end. */
export class Ledger {
  readonly deliveries: Delivery[] = []
  /** Run ids by delivery and agent, as answers named them. */
  readonly told = new Map<string, string>()
  /** Call ids by caller and key. */
  readonly calls = new Map<string, string>()
  /** Outcomes as containers were told them, by run id. */
  readonly outcomes = new Map<string, string>()
  /** What nobody but the two who share it may ever see. */
  readonly secrets: string[] = []
  readonly violations: string[] = []
  /** Answers of the gateway to senders, by status; 0 where none came. */
  readonly statuses = new Map<number, number>()
  private readonly executors = new Map<string, string>()
  private readonly fences = new Map<string, number>()
  private readonly holders = new Map<string, string>()

  expect(holds: boolean, what: string, found?: Answered): void {
    if (!holds) this.violations.push(`${what}: ${found?.statusCode} ${found?.body}`)
  }

  /** A sender hears something of a delivery. */
  heard(delivery: Delivery, answered: Answered | undefined): void {
    const status = answered?.statusCode ?? 0
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    if (answered === undefined) return
    this.expect(status === 200 || status === 503, `delivery ${delivery.id}`, answered)
    if (status === 200) delivery.accepted = true
    const { matched, runs = [], accepted = [], duplicates = [] } = JSON.parse(answered.body)
    if (status === 200) this.expect(matched === delivery.agents.length, `delivery ${delivery.id}`, answered)
    for (const { agent, run } of [...runs, ...accepted, ...duplicates]) {
      this.same(this.told, `delivery ${delivery.id} to ${agent}`, run)
    }
  }

  called(caller: string, key: string, call: string): void {
    this.same(this.calls, `call ${caller} ${key}`, call)
  }

  /** A container was given a run. */
  executes(run: string, session: string): void {
    this.same(this.executors, `executor of ${run}`, session)
  }

  finished(run: string, outcome: string): void {
    this.same(this.outcomes, run, outcome)
  }

  /** The highest fence that anybody has heard of. */
  latestFence(key: string): number {
    return this.fences.get(key) ?? 0
  }

  /** A run was told that it holds a lock. `before` is the highest fence known when it asked. */
  granted(run: string, key: string, fence: number, before: number): void {
    if (fence < before) this.violations.push(`lock "${key}" of ${run} under ${fence}, after ${before} was granted`)
    this.same(this.holders, `lock "${key}" ${fence}`, run)
    this.fences.set(key, Math.max(fence, this.latestFence(key)))
  }

  private same(known: Map<string, string>, what: string, value: string): void {
    const before = known.get(what) ?? value
    // A session is a secret.
    if (before !== value) this.violations.push(`${what}: two different ones`)
    known.set(what, before)
  }
}
