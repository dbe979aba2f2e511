import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Launcher } from '../../core/scheduler/launcher.ts'
import type { Rules, World } from '../../core/scheduler/world.ts'
import type { Store, Write } from '../../core/store.ts'
import type { Simulation } from './simulation.ts'

/** What a client gets of a request. `lost`: it cannot know what has happened. */
export type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'lost' }

/** A request as the ledger sees it: what was decided on what had been read. */
export interface Request {
  readonly id: number
  readonly what: string
  readonly began: number
  /** Of the deployment that it is decided by. */
  readonly rules: Rules
  /** Steps that failed on the way. */
  errors: number
}

/** Milliseconds a client waits. */
const clientTimeout = 30_000

/**
 * A process of the control plane: it has a clock that is off, reaches the store over a slow and lossy line, and may die
 * between any two steps. What it was doing then is never heard of again; whether the store still got its last request is
 * open.
 */
export class Host {
  readonly name: string
  readonly skew: number
  private readonly sim: Simulation
  /** Of the deployment that it has. */
  rules: Rules
  private life = 0

  constructor(sim: Simulation, name: string, skew: number) {
    this.sim = sim
    this.name = name
    this.skew = skew
    this.rules = sim.scenario.rules
  }

  die(): void {
    this.life += 1
    this.sim.trace(() => `${this.name} dies`)
  }

  /** Asks this host for something, as a client that waits half a minute for the answer. */
  request<T>(what: string, command: (plane: ControlPlane, request: Request) => Promise<T>): Promise<Answer<T>> {
    const { sim } = this
    const request: Request = { id: sim.nextId(), what, began: sim.engine.now, rules: this.rules, errors: 0 }
    return new Promise((resolve) => {
      sim.engine.after(clientTimeout, () => resolve({ kind: 'lost' }))
      sim.engine.after(sim.latency(), () => {
        const life = this.life
        const reply = (answer: Answer<T>) => {
          if (this.life !== life) return
          sim.trace(() => `${this.name} #${request.id} ${what} → ${JSON.stringify(answer).slice(0, 200)}`)
          if (sim.random.chance(sim.scenario.faults.lostAnswer)) return
          sim.engine.after(sim.latency(), () => resolve(answer))
        }
        sim.trace(() => `${this.name} #${request.id} ${what}`)
        command(sim.controlPlane(this.world(request, life)), request).then(
          (value) => reply({ kind: 'answer', value }),
          (error: unknown) => reply({ kind: 'failed', error }),
        )
      })
    })
  }

  private world(request: Request, life: number): World {
    const { sim } = this
    return {
      store: this.store(request, life),
      launcher: this.launcher(life),
      rules: request.rules,
      clock: {
        now: () => Math.floor(sim.engine.now) + this.skew,
        sleep: (ms) => this.unlessDead(life, () => sim.engine.sleep(ms)),
      },
      random: (bytes) => sim.random.bytes(bytes),
      log: (level, message, fields) => {
        if (level !== 'info') request.errors += 1
        sim.trace(() => `${this.name} #${request.id} ${level}: ${message} ${JSON.stringify(fields ?? {})}`)
      },
    }
  }

  private store(request: Request, life: number): Store {
    const { sim } = this
    const { lostAnswer } = sim.scenario.faults
    const fails = (probability: number) => {
      if (sim.random.chance(probability)) throw new Error('the store did not answer')
    }
    return {
      get: (keys) =>
        this.step(life, async () => {
          fails(lostAnswer / 10)
          return await sim.store.get(keys)
        }),
      list: (pk, options) =>
        this.step(life, async () => {
          fails(lostAnswer / 10)
          return await sim.store.list(pk, options)
        }),
      commit: (writes) =>
        this.step(life, async () => {
          fails(lostAnswer / 4)
          const answer = await sim.store.commit(writes)
          sim.trace(() => `${this.name} #${request.id} commit ${answer}: ${writes.map(describe).join(', ')}`)
          if (answer === 'conflict') return 'conflict'
          sim.ledger.committed(writes, request)
          fails(lostAnswer / 4)
          return sim.random.chance(lostAnswer) ? 'conflict' : 'ok'
        }),
      close: async () => {},
    }
  }

  private launcher(life: number): Launcher {
    const { sim } = this
    return {
      launch: (order) => this.step(life, async () => sim.platform.launch(order)),
      stop: (target) => this.step(life, async () => sim.platform.stop(target)),
    }
  }

  /** One step over the line: there, the effect, and back. */
  private step<T>(life: number, effect: () => Promise<T>): Promise<T> {
    const { sim } = this
    if (sim.random.chance(sim.scenario.faults.hostDeath)) this.die()
    return this.unlessDead(
      life,
      () =>
        new Promise((resolve, reject) => {
          sim.engine.after(sim.latency(), () => {
            // Sent before it died, or not.
            if (this.life !== life && sim.random.chance(0.5)) return
            effect().then(
              (value) => sim.engine.after(sim.latency(), () => resolve(value)),
              (error: unknown) => sim.engine.after(sim.latency(), () => reject(error)),
            )
          })
        }),
    )
  }

  /** A promise that is never settled once the host has died. */
  private unlessDead<T>(life: number, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work().then(
        (value) => this.life === life && resolve(value),
        (error: unknown) => this.life === life && reject(error),
      )
    })
  }
}

const describe = (write: Write): string => {
  const { pk, sk } = write.key
  if (write.kind === 'delete') return `−${pk} ${sk}`
  const { state, outcome, active, paused, holder, fence, runs, cost } = (write.data ?? {}) as Record<string, unknown>
  return `+${pk} ${sk} ${JSON.stringify({ state, outcome, active, paused, holder, fence, runs, cost })}`
}
