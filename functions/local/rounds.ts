import type { Log } from '../../core/scheduler/world.ts'
import type { HostClock } from './host-clock.ts'

export interface Round {
  readonly clock: HostClock
  readonly log: Log
  /** For the log: what fails. */
  readonly name: string
  /** Milliseconds until the first one. */
  readonly first: number
  /** Milliseconds from the end of one to the beginning of the next, unless it answers with another number. */
  readonly every: number
  /** `late`: by how many milliseconds of the wall clock it begins after its time. */
  readonly run: (late: number) => Promise<number | undefined>
}

export interface Rounds {
  /** No further round; settles when the one under way has ended. */
  stop(): Promise<void>
}

/** Does something again and again, never twice at once. A failure is logged and ends nothing. */
export function rounds({ clock, log, name, first, every, run }: Round): Rounds {
  let stopped = false
  let cancel = () => {}
  let underWay: Promise<void> = Promise.resolve()

  function wait(ms: number): void {
    if (stopped) return
    const due = clock.now() + ms
    cancel = clock.after(ms, () => {
      underWay = begin(clock.now() - due)
    })
  }

  async function begin(late: number): Promise<void> {
    let next = every
    try {
      next = (await run(late)) ?? every
    } catch (error) {
      log('error', `${name} failed`, { error: String(error) })
    }
    wait(next)
  }

  wait(first)
  return {
    async stop() {
      stopped = true
      cancel()
      await underWay
    },
  }
}
