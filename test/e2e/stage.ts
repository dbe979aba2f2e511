import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Random, randomFrom } from '../simulation/random.ts'
import { scratchDirectory } from '../support/synth-project.ts'
import { Conditions } from './conditions.ts'
import { SharedClock } from './shared-clock.ts'
import type { Fate } from './wire.ts'

export interface StageOptions {
  readonly seed: number
  /** Requests between one kill and the next, at least and at most; absent, nothing goes wrong. */
  readonly betweenKills?: readonly [number, number]
}

/**
 * What surrounds a host: a clock that goes by what is done, chance, and what goes wrong. A host asks it for the fate of
 * each of its requests: killed before or after it, its answer lost, turned away, as a seed says.
 */
export class Stage {
  readonly clock: SharedClock
  /** Changes when something has been done and when time has passed. */
  readonly changes = new Conditions()
  /** Whether things go wrong. */
  faulty: boolean
  invocations = 0
  private readonly seed: number
  private readonly betweenKills: readonly [number, number]
  private readonly chance: Random
  private requestsUntilKill: number
  private inFlight = 0

  constructor({ seed, betweenKills }: StageOptions) {
    this.seed = seed
    this.faulty = betweenKills !== undefined
    this.betweenKills = betweenKills ?? [0, 0]
    this.chance = this.randomOf('faults')
    this.clock = new SharedClock(join(scratchDirectory(), 'clock'))
    this.requestsUntilKill = this.chance.between(...this.betweenKills)
  }

  /** A stream of chance of its own for each actor, so that one does not change what another does. */
  randomOf(actor: string): Random {
    let hash = this.seed
    for (const letter of actor) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0
    return randomFrom(hash)
  }

  /** What becomes of a request. Half of the deaths wait for a write: it is there that one moment differs from the next. */
  fateOf(isWrite: boolean): Fate {
    if (!this.faulty) return 'pass'
    this.requestsUntilKill -= 1
    if (this.requestsUntilKill <= 0 && (isWrite || this.chance.chance(0.2))) {
      this.requestsUntilKill = this.chance.between(...this.betweenKills)
      return this.chance.chance(0.5) ? 'die before' : 'die after'
    }
    if (this.chance.chance(0.004)) return 'lose the answer'
    return this.chance.chance(0.004) ? 'throttle' : 'pass'
  }

  /** Does something that time waits for. */
  async invoke<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    this.inFlight += 1
    try {
      return await work()
    } finally {
      this.inFlight -= 1
      this.invocations += 1
      this.changes.changed()
    }
  }

  /** As whoever delivers events does: three tries, a minute apart. True if it was handled. */
  async deliver(handled: () => Promise<boolean>): Promise<boolean> {
    for (let tries = 1; tries <= 3; tries++) {
      if (await handled()) return true
      await this.wait(60_000)
    }
    return false
  }

  wait(ms: number): Promise<void> {
    const due = this.clock.now() + ms
    return this.changes.until(() => this.clock.now() >= due)
  }

  /** Lets time pass once a few things have been done, or as soon as everybody waits for time to pass. */
  async step(ms: number): Promise<void> {
    const enough = this.invocations + 8
    await this.quietOr(() => this.invocations >= enough)
    this.pass(ms)
  }

  /** Lets time pass at once. */
  pass(ms: number): void {
    this.clock.advance(ms)
    this.changes.changed()
  }

  /** Until nothing is being done, and nothing will be before time passes. */
  quiet(): Promise<void> {
    return this.quietOr(() => false)
  }

  close(): void {
    this.clock.close()
  }

  private async quietOr(enough: () => boolean): Promise<void> {
    do {
      await this.changes.until(() => enough() || this.inFlight === 0)
      // Whoever has just got an answer may go on with it.
      await setImmediate()
    } while (!enough() && this.inFlight > 0)
  }
}
