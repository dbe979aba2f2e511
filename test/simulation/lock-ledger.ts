import type { Lock } from '../../core/locks/lock.ts'
import { type Run, runId } from '../../core/scheduler/run.ts'
import type { Request } from './host.ts'
import type { Simulation } from './simulation.ts'

/** L1 to L9: who holds which lock, as the commits say, held against what must be true of locks. */
export class LockLedger {
  private readonly locks = new Map<string, Lock>()
  private readonly fences = new Map<string, number>()
  private readonly sim: Simulation
  private readonly runs: ReadonlyMap<string, Run>

  constructor(sim: Simulation, runs: ReadonlyMap<string, Run>) {
    this.sim = sim
    this.runs = runs
  }

  /** A commit has written a lock. */
  put(pk: string, lock: Lock, request: Request): void {
    const before = this.locks.get(pk)
    this.locks.set(pk, lock)
    const granted = lock.holder !== undefined && (lock.holder !== before?.holder || lock.fence !== before?.fence)
    const taken = before?.holder !== undefined && before.holder !== lock.holder && lock.holder !== undefined
    if (taken && this.sim.slowestClock() < before.until) {
      const left = before.until - this.sim.slowestClock()
      this.fail('L1', `${request.what} takes ${lock.key} from ${before.holder}, who has it for ${left} ms more`)
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

  /** After a commit that has changed some runs. */
  check(changed: readonly Run[]): void {
    for (const run of changed) {
      const id = runId(run)
      const held = [...this.locks.values()].filter(({ holder }) => holder === id)
      if (run.state === 'done' && held.length > 0) this.fail('L7', `${id} is done and holds ${held[0]?.key}`)
    }
    const holders = [...this.locks.values()]
      .filter(({ until }) => until > this.sim.fastestClock())
      .map(({ holder }) => holder)
    const twice = holders.find((holder, i) => holder !== undefined && holders.indexOf(holder) !== i)
    if (twice !== undefined) this.fail('L9', `${twice} holds two locks`)
  }

  /** A container was told that the lock is its own. */
  held(run: string, lock: Lock): void {
    if (lock.holder !== run) this.fail('L1', `${run} was told that it holds ${lock.key}, which ${lock.holder} does`)
  }

  /** Long after the last event: no lock is left over. */
  finished(): void {
    for (const lock of this.locks.values()) {
      if (lock.holder !== undefined) this.fail('L7', `${lock.key} is still held by ${lock.holder} in the end`)
    }
  }

  private fail(rule: string, message: string): void {
    this.sim.violated(rule, message)
  }
}
