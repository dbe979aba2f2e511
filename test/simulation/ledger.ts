import type { Lock } from '../../core/locks/lock.ts'
import { type LiveAgent, readLive } from '../../core/scheduler/live.ts'
import type { Project } from '../../core/scheduler/project.ts'
import { isLive, type Run, runId } from '../../core/scheduler/run.ts'
import { clockSkew } from '../../core/scheduler/world.ts'
import type { Write } from '../../core/store.ts'
import { BreakerLedger } from './breaker-ledger.ts'
import type { Request } from './host.ts'
import { LockLedger } from './lock-ledger.ts'
import { QueueLedger } from './queue-ledger.ts'
import type { Simulation } from './simulation.ts'
import { SlotLedger } from './slot-ledger.ts'
import { SpendingLedger } from './spending-ledger.ts'

const order = { queued: 0, starting: 1, running: 2, done: 3 } as const

/**
 * What the store says, kept a second time by watching every commit, and held against the invariants after each of them.
 * It believes nothing that the code under test computes.
 */
export class Ledger {
  readonly runs = new Map<string, Run>()
  readonly locks: LockLedger
  readonly queue: QueueLedger
  /** What is spent, held against the limits. */
  readonly spending: SpendingLedger
  private readonly breakers: BreakerLedger
  private readonly slots: SlotLedger
  private readonly byEvent = new Map<string, string>()
  private readonly executing = new Map<string, string>()
  private readonly sim: Simulation
  commits = 0

  constructor(sim: Simulation) {
    this.sim = sim
    this.spending = new SpendingLedger(sim)
    this.locks = new LockLedger(sim, this.runs)
    this.queue = new QueueLedger(sim, this.runs)
    this.breakers = new BreakerLedger(sim, this.runs)
    this.slots = new SlotLedger(sim, { runs: this.runs, queue: this.queue, breakers: this.breakers })
  }

  /** A commit has succeeded. */
  committed(writes: readonly Write[], request: Request): void {
    this.commits += 1
    this.breakers.committed()
    this.spending.committed(writes, this.runs)
    const changed: { readonly before?: Run; readonly run: Run }[] = []
    for (const write of writes) {
      const { pk, sk } = write.key
      const data = write.kind === 'put' ? write.data : undefined
      if (pk.startsWith('runs#')) changed.push(this.putRun(data as Run))
      else if (pk === 'project') this.putProject((data ?? {}) as Project)
      else if (pk.startsWith('lock#')) this.locks.put(pk, data as Lock, request)
      else if (pk === 'live') this.putLive(sk, data)
    }
    for (const { before, run } of changed) {
      this.checkRun(before, run, request)
      if (before === undefined) this.checkNew(run, request)
      if (run.state === 'starting' && before?.state !== 'starting') this.checkStart(run, request)
    }
    this.spending.check(this.runs)
    for (const { before, run } of changed) if (before?.state !== 'done') this.checkBudget(before, run)
    this.slots.check()
    this.queue.check()
    this.locks.check(changed.map(({ run }) => run))
    this.slots.noteStartable()
  }

  private putRun(run: Run): { before?: Run; run: Run } {
    const id = runId(run)
    const before = this.runs.get(id)
    this.runs.set(id, run)
    return { before, run }
  }

  private putProject(project: Project): void {
    this.slots.putProject(project)
    this.breakers.put(project.breakers)
  }

  private putLive(sk: string, data: unknown): void {
    const [agent = '', , suffix] = sk.split('#')
    if (suffix === undefined) this.slots.putAgent(agent, data)
    else this.queue.put(sk, data)
  }

  /** What a limit has ended is over because of a limit; what a container says of itself is its own business. */
  private checkBudget(before: Run | undefined, run: Run): void {
    if (before === undefined || before.state === 'queued') this.spending.checkReason(run)
  }

  /** T5: a minute of a schedule runs while it is the newest; one that is late only where it is made up for. */
  private checkTick({ agent, trigger, rerun }: Run, { what, began, rules }: Request): void {
    const schedule = rules.agents.get(agent)?.schedule
    if (trigger.kind !== 'tick' || rerun > 0 || schedule === undefined) return
    const every = schedule.line === '* * * * *' ? 1 : 3
    const late = began - this.sim.scenario.skew - trigger.at
    const overtaken = late > every * 60_000 + 60_000
    if (overtaken && what !== 'sweep') this.fail('T5', `${what} starts a minute ${late} ms after it has come`)
    if (overtaken && schedule.misfire !== 'once') this.fail('T5', `${what} makes up for a minute that is to be skipped`)
  }

  private checkRun(before: Run | undefined, run: Run, { what }: Request): void {
    const id = runId(run)
    if (before?.state === 'done') this.fail('R1', `${what} changes ${id}, which is done`)
    if (before !== undefined && order[run.state] < order[before.state]) {
      this.fail('R1', `${what} takes ${id} back from ${before.state} to ${run.state}`)
    }
    if (before?.session !== undefined && run.session !== before.session) {
      this.fail('R2', `${what} gives ${id} to a second container`)
    }
    if (run.state === 'running' && run.session === undefined) this.fail('R2', `${id} runs for nobody`)
    if (run.state === 'done' && run.outcome === undefined) this.fail('Q1', `${id} is done without an outcome`)
    const { maxReruns, maxCallDepth } = this.sim.scenario.rules.limits
    if (run.rerun > maxReruns) this.fail('R4', `${id} is rerun ${run.rerun} of ${maxReruns}`)
    if (run.chain.length > maxCallDepth) this.fail('C2', `${id} is a call of depth ${run.chain.length}`)
    if (run.outcome === 'refused' && this.sim.rollout.newest.agents.has(run.agent)) {
      this.fail('Q1', `${what} refuses ${id}, whose agent is part of the project`)
    }
    if (run.tickets.length > 3) this.fail('R2', `${id} has ${run.tickets.length} tickets`)
  }

  private checkNew(run: Run, request: Request): void {
    const id = runId(run)
    this.queue.arrived(run, request)
    const { trigger } = run
    const event =
      trigger.kind === 'tick' && run.rerun === 0
        ? `tick ${run.agent} ${trigger.at}`
        : trigger.kind === 'webhook' && trigger.delivery !== undefined
          ? `delivery ${run.agent} ${trigger.delivery}`
          : undefined
    if (event !== undefined) {
      const other = this.byEvent.get(event)
      if (other !== undefined) this.fail(trigger.kind === 'tick' ? 'T4' : 'T1', `${event} made ${other} and ${id}`)
      this.byEvent.set(event, id)
    }
    this.checkTick(run, request)
    if (trigger.kind === 'call') {
      const caller = this.runs.get(trigger.caller)
      if (caller?.state !== 'running') this.fail('C1', `${trigger.caller}, which is ${caller?.state}, calls ${id}`)
      if (caller?.agent === run.agent) this.fail('C2', `${trigger.caller} calls its own agent`)
      const made = [...this.runs.values()].filter(
        (one) => one.trigger.kind === 'call' && one.trigger.caller === trigger.caller,
      ).length
      if (caller?.calls !== made) this.fail('C1', `${trigger.caller} has counted ${caller?.calls} of its ${made} calls`)
    }
    if (run.rerun > 0) {
      const from = [...this.runs.values()].find(({ agent, next }) => agent === run.agent && next === run.suffix)
      if (from?.outcome !== 'rerun') this.fail('R4', `${id} goes on after ${from?.outcome}`)
    }
  }

  /** A run gets its slot. */
  private checkStart(run: Run, request: Request): void {
    this.slots.checkPause(run, request)
    this.breakers.checkStart(run, request)
    this.slots.checkScale(run, request)
    this.queue.checkStart(run, request)
  }

  /** A container was given a run. */
  executes(run: string, container: string): void {
    const other = this.executing.get(run)
    if (other !== undefined && other !== container) this.fail('R2', `${other} and ${container} both execute ${run}`)
    this.executing.set(run, container)
  }

  /** A container was turned away. */
  turnedAway(run: string, session: string): void {
    const stored = this.runs.get(run)
    if (stored?.state === 'running' && stored.session === session) {
      this.fail('R2', `${run} is not given to the container that has claimed it`)
    }
  }

  /** A sweep has come to its end without an error. What it should have seen when it began is gone now. */
  swept(began: number, runsBefore: ReadonlyMap<string, Run>): void {
    for (const [id, before] of runsBefore) {
      const now = this.runs.get(id)
      const due = Math.min(before.leaseUntil ?? 0, before.deadline ?? Number.POSITIVE_INFINITY) + clockSkew
      const same =
        now?.leaseUntil === before.leaseUntil && now?.attempt === before.attempt && now?.state === before.state
      if (isLive(before) && same && due < began - this.sim.scenario.skew) {
        this.fail('R3', `${id} is ${before.state} ${began - due} ms after it was over, and a sweep has gone by`)
      }
    }
    this.slots.swept(began)
  }

  /** A deployment begins: what an agent may do now is another matter. */
  rulesChanged(): void {
    this.slots.noteStartable()
  }

  /** Long after the last event: nothing is left over. */
  async finished(): Promise<void> {
    // What waits for an agent that was turned off waits for a day.
    const isOff = (agent: string) => this.sim.rollout.newest.agents.get(agent)?.scale === 0
    for (const [id, run] of this.runs) {
      if (run.state !== 'done' && !(run.state === 'queued' && isOff(run.agent)))
        this.fail('Q1', `${id} is still ${run.state} in the end`)
    }
    this.locks.finished()
    const live: ReadonlyMap<string, LiveAgent> = await readLive({ store: this.sim.store } as Parameters<
      typeof readLive
    >[0])
    const left = [...live.values()].filter(({ agent, active }) => active.length > 0 || !isOff(agent))
    if (left.length > 0) this.fail('Q4', `${left.map(({ agent }) => agent)} are still there in the end`)
  }

  private fail(rule: string, message: string): void {
    this.sim.violated(rule, message)
  }
}
