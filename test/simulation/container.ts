import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Finish } from '../../core/scheduler/finish.ts'
import type { Alive } from '../../core/scheduler/heartbeat.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { hashOf, type Usage } from '../../core/scheduler/run.ts'
import { parseSecret, type Session } from '../../core/scheduler/session.ts'
import type { Simulation } from './simulation.ts'

/** The container is no longer there to go on. */
class Gone extends Error {}

/** Milliseconds for which a claim is tried. */
const claimFor = 60_000
const beatEvery = 60_000
const fenceBefore = 60_000

/**
 * What runs an agent: it claims its run, works, and says how it ended. It keeps the rules of the protocol, but it may die,
 * freeze for minutes and go on, or work on after it should have noticed that it was given up.
 */
export class Container {
  readonly name: string
  readonly order: LaunchOrder
  private readonly sim: Simulation
  private readonly onEnd: (code: number) => void
  private alive = true
  private lock: { key: string; fence: number } | undefined
  private readonly calls: { id: string; answer?: string }[] = []
  private used: Usage = {
    ...{ inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, totalTokens: 0 },
    ...{ cost: 0, turnCount: 0 },
  }

  constructor(sim: Simulation, name: string, order: LaunchOrder, onEnd: (code: number) => void) {
    this.sim = sim
    this.name = name
    this.order = order
    this.onEnd = onEnd
  }

  stopped(): void {
    if (this.alive) this.end(137)
  }

  async run(): Promise<void> {
    try {
      if (this.alive) await this.claimAndWork()
      this.end(0)
    } catch (error) {
      if (!(error instanceof Gone)) throw error
    }
  }

  private async claimAndWork(): Promise<void> {
    const { sim, order } = this
    const { random, engine } = sim
    const secret = `${order.run}.${Buffer.from(random.bytes(32)).toString('base64url')}`
    const session = parseSecret(secret)
    if (session === undefined) throw new Error(`${order.run} is no run id`)
    const claim = {
      agent: order.agent.name,
      suffix: order.suffix,
      ticket: order.ticket,
      session: hashOf(secret),
      container: this.name,
    }
    const sent = engine.now
    const granted = await this.until(sent + claimFor, 'claim', (plane) => plane.claim(claim))
    if (granted !== undefined && granted.kind !== 'granted') sim.ledger.turnedAway(order.run, claim.session)
    if (granted?.kind !== 'granted') return
    sim.ledger.executes(order.run, this.name)
    await this.work(session, sent, granted.leaseMs)
  }

  private async work(session: Session, claimed: number, leaseMs: number): Promise<void> {
    const { random, engine, scenario } = this.sim
    const zombie = random.chance(scenario.faults.zombie)
    const dies = random.chance(scenario.faults.containerDeath)
    const most = random.pick([1000, 5000, 20_000, 120_000, 600_000])
    const until = engine.now + random.between(0, most)
    let renewed = claimed
    let beaten = engine.now
    let stop: string | undefined
    let overBudget: string | undefined
    while (engine.now < until && stop === undefined && overBudget === undefined) {
      await this.pause(random.between(100, Math.min(most, 15_000)))
      if (dies && random.chance(0.3)) return this.vanish()
      if (zombie && random.chance(0.2)) await this.pause(random.between(300_000, 1_200_000))
      // A captured container does not fence itself.
      if (!zombie && engine.now - renewed > leaseMs - fenceBefore) return this.vanish()
      const beat = engine.now - beaten > beatEvery
      const sent = engine.now
      const answer = await this.ask(beat ? 'heartbeat' : 'poll', (plane) =>
        beat ? plane.heartbeat(session, this.used) : plane.poll(session),
      )
      if (answer?.kind === 'alive') {
        if (beat) beaten = renewed = sent
        stop = answer.stop
      } else if (answer !== undefined && !zombie) return
      if (stop === undefined && random.chance(0.7)) {
        const asked = engine.now
        const leave = await this.askForTurn(session, renewed + leaseMs - fenceBefore)
        if (leave?.kind === 'alive') {
          beaten = renewed = Math.max(renewed, asked)
          stop = leave.stop
          overBudget = leave.overBudget
          if (stop === undefined && overBudget === undefined) await this.turn(session)
        } else if (leave !== undefined && !zombie) return
      }
      await this.act(session)
    }
    const said: Finish =
      stop !== undefined
        ? { outcome: 'killed', reason: stop, usage: this.used }
        : overBudget !== undefined
          ? { outcome: 'budget_exceeded', reason: overBudget, usage: this.used }
          : {
              usage: this.used,
              outcome: random.pick(['completed', 'completed', 'rerun', 'error']),
              ...(random.chance(0.3) && { result: random.chance(0.2) ? 'r'.repeat(2000) : 'result' }),
              ...(random.chance(0.05) && { modelRefused: random.pick(['quota', 'auth']) }),
            }
    const finished = await this.until(renewed + leaseMs - fenceBefore, `finish ${said.outcome}`, (plane) =>
      plane.finish(session, said),
    )
    if (finished?.kind === 'done') this.sim.finished(this.order.run, finished)
    if (zombie) for (let i = random.between(0, 5); i > 0; i--) await this.act(session)
  }

  /** Asks for one more turn of the model, as every agent does whose day is limited; nothing if it was too late for an answer. */
  private askForTurn(session: Session, late: number): Promise<Alive | undefined> {
    return this.until(late, `asks for turn ${this.used.turnCount + 1}`, (plane) => plane.heartbeat(session, this.used))
  }

  /** The model answers, and that costs. */
  private async turn(session: Session): Promise<void> {
    const { random, ledger } = this.sim
    await this.pause(random.between(500, 20_000))
    const { used } = this
    const tokens = random.between(100, 5000)
    this.used = {
      ...used,
      outputTokens: used.outputTokens + tokens,
      totalTokens: used.totalTokens + tokens,
      cost: used.cost + random.between(1, 40) / 100,
      turnCount: used.turnCount + 1,
    }
    ledger.spending.turned(session, this.used)
  }

  /** One of the things an agent does. */
  private async act(session: Session): Promise<void> {
    const { random, scenario, rollout } = this.sim
    const key = random.pick(scenario.lockKeys)
    switch (random.between(1, 9)) {
      case 1:
      case 2: {
        const held = await this.ask(`acquire ${key}`, (plane) => plane.acquireLock(session, { key }))
        if (held?.kind !== 'held') return
        this.sim.ledger.locks.held(this.order.run, held.lock)
        this.lock = { key, fence: held.lock.fence }
        return
      }
      case 3: {
        if (this.lock === undefined) return
        const lock = this.lock
        const released = await this.ask(`release ${lock.key}`, (plane) => plane.releaseLock(session, lock))
        if (released?.kind === 'held') this.lock = undefined
        return
      }
      case 4: {
        if (this.lock === undefined) return
        const lock = this.lock
        const held = await this.ask(`renew ${lock.key}`, (plane) => plane.heartbeatLock(session, lock))
        if (held?.kind === 'held') this.sim.ledger.locks.held(this.order.run, held.lock)
        return
      }
      case 5: {
        const target = random.pick(rollout.agents())
        const idempotencyKey = random.chance(0.5) ? `k${random.between(1, 3)}` : undefined
        const context = random.chance(0.2) ? 'c'.repeat(3000) : 'context'
        const called = await this.ask(`call ${target}`, (plane) =>
          plane.createCall(session, { target, context, idempotencyKey }),
        )
        if (called?.kind !== 'called') return
        this.sim.ledger.queue.accepted(called.call)
        this.calls.push({ id: called.call })
        return
      }
      case 6:
      case 7: {
        if (this.calls.length === 0) return
        const call = random.pick(this.calls)
        const state = await this.ask(`read ${call.id}`, (plane) => plane.readCall(session, call.id))
        if (state?.kind !== 'completed' && state?.kind !== 'error') return
        const answer = JSON.stringify(state)
        if (call.answer !== undefined && call.answer !== answer) {
          this.sim.violated('C1', `${call.id} was ${call.answer} and is ${answer}`)
        }
        call.answer = answer
        return
      }
      default:
        await this.ask('status', (plane) => plane.setStatus(session, 'working'))
    }
  }

  private async ask<T>(what: string, command: (plane: ControlPlane) => Promise<T>): Promise<T | undefined> {
    const answer = await this.sim.host().request(`${this.name} ${what}`, command)
    if (!this.alive) throw new Gone()
    return answer.kind === 'answer' ? answer.value : undefined
  }

  /** Asks until there is an answer, or until it is too late for one. */
  private async until<T>(
    late: number,
    what: string,
    command: (plane: ControlPlane) => Promise<T>,
  ): Promise<T | undefined> {
    for (;;) {
      const answer = await this.ask(what, command)
      if (answer !== undefined || this.sim.engine.now > late) return answer
      await this.pause(this.sim.random.between(500, 3000))
    }
  }

  private async pause(ms: number): Promise<void> {
    await this.sim.engine.sleep(ms)
    if (!this.alive) throw new Gone()
  }

  private vanish(): never {
    this.end(1)
    throw new Gone()
  }

  private end(code: number): void {
    if (!this.alive) return
    this.alive = false
    this.sim.trace(() => `${this.name} ends with ${code}`)
    this.onEnd(code)
  }
}
