import type { Lock } from '../../core/locks/lock.ts'
import type { AgentRule } from '../../core/plan/decisions.ts'
import type { Breaker } from '../../core/scheduler/breaker.ts'
import { type LiveAgent, readLive } from '../../core/scheduler/live.ts'
import type { Project } from '../../core/scheduler/project.ts'
import { isLive, type Run, runId } from '../../core/scheduler/run.ts'
import { clockSkew } from '../../core/scheduler/world.ts'
import type { Write } from '../../core/store.ts'
import type { Request } from './host.ts'
import type { Simulation } from './simulation.ts'
import { SpendingLedger } from './spending-ledger.ts'

/** A circuit breaker, and since when it is as it is. */
interface KnownBreaker {
  readonly breaker: Breaker
  readonly at: number
}

const order = { queued: 0, starting: 1, running: 2, done: 3 } as const

/**
 * What the store says, kept a second time by watching every commit, and held against the invariants after each of them.
 * It believes nothing that the code under test computes.
 */
export class Ledger {
  readonly runs = new Map<string, Run>()
  readonly agents = new Map<string, { active: readonly string[]; paused: boolean; pausedAt: number }>()
  readonly entries = new Map<string, { agent: string; run: string; at: number }>()
  readonly locks = new Map<string, Lock>()
  private readonly fences = new Map<string, number>()
  /** The request that made a run: when it came, and when it was answered. */
  private readonly requests = new Map<string, { readonly arrived: number; answered?: number }>()
  /** Since when an agent could start a run that waits. */
  private readonly startable = new Map<string, number>()
  private readonly byEvent = new Map<string, string>()
  private readonly executing = new Map<string, string>()
  /** What is spent, held against the limits. */
  readonly spending: SpendingLedger
  private project: Project = {}
  /** Since when each breaker is as it is. */
  private readonly breakers = new Map<string, KnownBreaker>()
  private breakersBefore: ReadonlyMap<string, KnownBreaker> = new Map()
  private projectPausedAt = 0
  private readonly sim: Simulation
  commits = 0

  constructor(sim: Simulation) {
    this.sim = sim
    this.spending = new SpendingLedger(sim)
  }

  /** A commit has succeeded. */
  committed(writes: readonly Write[], request: Request): void {
    this.commits += 1
    this.breakersBefore = new Map(this.breakers)
    this.spending.committed(writes, this.runs)
    const changed: { readonly before?: Run; readonly run: Run }[] = []
    for (const write of writes) {
      const { pk, sk } = write.key
      const data = write.kind === 'put' ? write.data : undefined
      if (pk.startsWith('runs#')) changed.push(this.putRun(data as Run))
      else if (pk === 'project') this.putProject((data ?? {}) as Project)
      else if (pk.startsWith('lock#')) this.putLock(pk, data as Lock, request)
      else if (pk === 'live') this.putLive(sk, data)
    }
    for (const { before, run } of changed) {
      this.checkRun(before, run, request)
      if (before === undefined) this.checkNew(run, request)
      if (run.state === 'starting' && before?.state !== 'starting') this.checkStart(run, request)
    }
    this.spending.check(this.runs)
    for (const { before, run } of changed) if (before?.state !== 'done') this.checkBudget(before, run)
    this.checkSlots()
    this.checkLocks(changed.map(({ run }) => run))
    this.noteStartable()
  }

  private putRun(run: Run): { before?: Run; run: Run } {
    const id = runId(run)
    const before = this.runs.get(id)
    this.runs.set(id, run)
    return { before, run }
  }

  private putProject(project: Project): void {
    if (project.paused === true && this.project.paused !== true) this.projectPausedAt = this.sim.engine.now
    this.project = project
    for (const [key, breaker] of Object.entries(project.breakers ?? {})) {
      const known = this.breakers.get(key)
      if (JSON.stringify(known?.breaker) !== JSON.stringify(breaker)) {
        this.breakers.set(key, { breaker, at: this.sim.engine.now })
      }
    }
    for (const key of this.breakers.keys()) if (project.breakers?.[key] === undefined) this.breakers.delete(key)
  }

  /** What a limit has ended is over because of a limit; what a container says of itself is its own business. */
  private checkBudget(before: Run | undefined, run: Run): void {
    if (before === undefined || before.state === 'queued') this.spending.checkReason(run)
  }

  /** R5: nothing starts on what a provider refuses, but for one run at a time that tries again. */
  private checkBreakers(run: Run, { what, began, rules }: Request): void {
    const rule = rules.agents.get(run.agent)
    const id = runId(run)
    for (const [key, { breaker, at }] of this.breakersBefore) {
      const isOurs = rule !== undefined && breakersOf(rule).includes(key)
      if (!isOurs || at >= began || this.goesOnAfter(run, breaker.probe)) continue
      if (breaker.probe !== undefined) this.fail('R5', `${what} starts ${id} while ${breaker.probe} tries ${key}`)
      else if (this.fastestClock() < breaker.until) this.fail('R5', `${what} starts ${id} while ${key} is refused`)
      else if (this.project.breakers?.[key]?.probe !== id) {
        this.fail('R5', `${what} starts ${id} on ${key}, and it is not its probe`)
      }
    }
  }

  /** A probe that has done its work may go on in a rerun. */
  private goesOnAfter({ suffix }: Run, probe: string | undefined): boolean {
    return probe !== undefined && this.runs.get(probe)?.next === suffix
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

  private putLive(sk: string, data: unknown): void {
    const [agent = '', seq = '', suffix] = sk.split('#')
    if (suffix !== undefined) {
      if (data === undefined) this.entries.delete(sk)
      else this.entries.set(sk, { agent, run: `${agent}-${suffix}`, at: Number(seq) })
      return
    }
    const { active = [], paused = false } = (data ?? {}) as { active?: string[]; paused?: boolean }
    const before = this.agents.get(agent)
    const pausedAt = paused && before?.paused !== true ? this.sim.engine.now : (before?.pausedAt ?? 0)
    this.agents.set(agent, { active: [...active], paused, pausedAt })
  }

  private putLock(pk: string, lock: Lock, request: Request): void {
    const before = this.locks.get(pk)
    this.locks.set(pk, lock)
    const granted = lock.holder !== undefined && (lock.holder !== before?.holder || lock.fence !== before?.fence)
    const taken = before?.holder !== undefined && before.holder !== lock.holder && lock.holder !== undefined
    if (taken && this.slowestClock() < before.until) {
      this.fail(
        'L1',
        `${request.what} takes ${lock.key} from ${before.holder}, who has it for ${before.until - this.slowestClock()} ms more`,
      )
    }
    if (granted && lock.fence <= (this.fences.get(pk) ?? 0)) {
      this.fail('L1 fences', `${lock.key} is granted with fence ${lock.fence} after ${this.fences.get(pk)}`)
    }
    if (granted) this.fences.set(pk, lock.fence)
    if (!granted && lock.holder !== undefined && before !== undefined && lock.heldSince !== before.heldSince) {
      this.fail('L2', `renewing ${lock.key} changed heldSince`)
    }
    const renewed = !granted && lock.holder !== undefined && lock.until > (before?.until ?? 0)
    // A commit may take its time: what counts is that it was over, on every clock, when it was asked for.
    const late = request.began - this.sim.scenario.skew - (before?.until ?? 0)
    if (renewed && before !== undefined && late > 0) {
      this.fail('L4', `${request.what} renews ${lock.key}, which was over ${late} ms before`)
    }
    if (granted && this.runs.get(lock.holder ?? '')?.state !== 'running') {
      this.fail('L7', `${lock.key} is granted to ${lock.holder}, which is ${this.runs.get(lock.holder ?? '')?.state}`)
    }
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
    const { began } = request
    const id = runId(run)
    this.requests.set(id, { arrived: began })
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
    const id = runId(run)
    const agent = this.agents.get(run.agent)
    const pausedAt = this.project.paused === true ? this.projectPausedAt : agent?.paused ? agent.pausedAt : undefined
    if (pausedAt !== undefined && pausedAt < request.began) {
      this.fail('Q7', `${request.what} starts ${id} ${request.began - pausedAt} ms after the pause`)
    }
    this.checkBreakers(run, request)
    const taken = agent?.active.length ?? 0
    const scale = request.rules.agents.get(run.agent)?.scale ?? 0
    // What runs goes on when a scale is lowered: it counts when a run starts.
    if (taken > scale) this.fail('Q3', `${request.what} starts ${id} as number ${taken} of ${scale}`)
    const all = [...this.runs.values()].filter(isLive).length
    // A host without this limit counts nothing, and another one cannot see that in time.
    const inForce = [request.rules, ...this.sim.rollout.inForce()]
    const most = Math.max(...inForce.map(({ limits }) => limits.scale ?? Number.POSITIVE_INFINITY))
    if (all > most) this.fail('Q3', `${request.what} starts ${id} as number ${all} of the project's ${most}`)
    if (run.rerun > 0) return
    const arrived = this.requests.get(id)?.arrived ?? request.began
    for (const { agent: name, run: other } of this.entries.values()) {
      const answered = this.requests.get(other)?.answered
      if (name === run.agent && answered !== undefined && answered < arrived) {
        this.fail('Q2', `${id} starts before ${other}, which was told to wait before it arrived`)
      }
    }
  }

  /** Slots are what runs; neither more nor fewer, and never too many. */
  private checkSlots(): void {
    const live = [...this.runs.values()].filter(isLive)
    for (const name of this.sim.rollout.agents()) {
      const active = this.agents.get(name)?.active ?? []
      const running = live.filter(({ agent }) => agent === name).map(({ suffix }) => suffix)
      if (running.length !== active.length || running.some((suffix) => !active.includes(suffix))) {
        this.fail('Q4', `${name} has slots for [${active}] and runs [${running}]`)
      }
      const waiting = [...this.runs.values()].filter(({ agent, state }) => agent === name && state === 'queued')
      const entries = [...this.entries.values()].filter(({ agent }) => agent === name)
      if (waiting.length !== entries.length) {
        this.fail('Q1', `${name} has ${entries.length} places in its queue for ${waiting.length} runs that wait`)
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

  private checkLocks(changed: readonly Run[]): void {
    for (const run of changed) {
      const id = runId(run)
      const held = [...this.locks.values()].filter(({ holder }) => holder === id)
      if (run.state === 'done' && held.length > 0) this.fail('L7', `${id} is done and holds ${held[0]?.key}`)
    }
    const holders = [...this.locks.values()]
      .filter(({ until }) => until > this.fastestClock())
      .map(({ holder }) => holder)
    const twice = holders.find((holder, i) => holder !== undefined && holders.indexOf(holder) !== i)
    if (twice !== undefined) this.fail('L9', `${twice} holds two locks`)
  }

  /** What a client learns: the order of answers is the order of the queue, and a yes means a record. */
  accepted(run: string): void {
    const request = this.requests.get(run)
    if (request === undefined) this.fail('T2', `${run} was promised and is not there`)
    else request.answered ??= this.sim.engine.now
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

  /** A container was told that the lock is its own. */
  held(run: string, lock: Lock): void {
    if (lock.holder !== run) this.fail('L1', `${run} was told that it holds ${lock.key}, which ${lock.holder} does`)
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
    for (const [agent, since] of this.startable) {
      if (since < began) this.fail('Q5', `${agent} has a free slot and a waiting run, and a sweep has gone by`)
    }
  }

  /** A deployment begins: what an agent may do now is another matter. */
  rulesChanged(): void {
    this.noteStartable()
  }

  private noteStartable(): void {
    const inForce = this.sim.rollout.inForce()
    const live = [...this.runs.values()].filter(isLive)
    const free = inForce.every(({ limits }) => limits.scale === undefined || live.length < limits.scale)
    for (const name of this.sim.rollout.agents()) {
      const rules = inForce.map(({ agents }) => agents.get(name))
      const scale = Math.min(...rules.map((rule) => rule?.scale ?? 0))
      const { active = [], paused = false } = this.agents.get(name) ?? {}
      const waits = [...this.entries.values()].some(({ agent }) => agent === name)
      const stopped =
        paused || this.project.paused === true || rules.some((rule) => rule !== undefined && this.isBlocked(rule))
      const able = waits && free && !stopped && active.length < scale
      if (!able) this.startable.delete(name)
      else if (!this.startable.has(name)) this.startable.set(name, this.sim.engine.now)
    }
  }

  /** Whoever was refused last lets others go first for a minute. */
  private isBlocked(rule: AgentRule): boolean {
    return breakersOf(rule).some((key) => {
      const breaker = this.project.breakers?.[key]
      return breaker !== undefined && (breaker.probe !== undefined || this.slowestClock() < breaker.until + 60_000)
    })
  }

  /** Long after the last event: nothing is left over. */
  async finished(): Promise<void> {
    // What waits for an agent that was turned off waits for a day.
    const isOff = (agent: string) => this.sim.rollout.newest.agents.get(agent)?.scale === 0
    for (const [id, run] of this.runs) {
      if (run.state !== 'done' && !(run.state === 'queued' && isOff(run.agent)))
        this.fail('Q1', `${id} is still ${run.state} in the end`)
    }
    for (const lock of this.locks.values()) {
      if (lock.holder !== undefined) this.fail('L7', `${lock.key} is still held by ${lock.holder} in the end`)
    }
    const live: ReadonlyMap<string, LiveAgent> = await readLive({ store: this.sim.store } as Parameters<
      typeof readLive
    >[0])
    const left = [...live.values()].filter(({ agent, active }) => active.length > 0 || !isOff(agent))
    if (left.length > 0) this.fail('Q4', `${left.map(({ agent }) => agent)} are still there in the end`)
  }

  private slowestClock = (): number => this.sim.engine.now - this.sim.scenario.skew
  private fastestClock = (): number => this.sim.engine.now + this.sim.scenario.skew

  private fail(rule: string, message: string): void {
    this.sim.violated(rule, message)
  }
}

/** What may keep an agent from starting: its model, its key, and either as it alone has said. */
const breakersOf = ({ name, model, modelKey = `the identity of ${name}` }: AgentRule): readonly string[] =>
  [model, modelKey].flatMap((key) => [key, `${key} for ${name}`])
