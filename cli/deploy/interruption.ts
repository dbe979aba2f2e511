import { exitCodes, UserError } from '../errors.ts'

/** What a command was doing when Ctrl-C came. */
export interface Interruption {
  readonly signal: AbortSignal
  /** Said when Ctrl-C comes during what follows: what is left, and how it goes on. */
  stage(whatIsLeft: string): void
  /** Gives up waiting for work that cannot be cancelled. */
  unless<T>(work: Promise<T>): Promise<T>
  end(): void
}

/** Ctrl-C (or SIGTERM) ended a command in between. */
export class Interrupted extends UserError {
  override readonly name = 'Interrupted'
  constructor(message: string) {
    super(message, exitCodes.interrupted)
  }
}

/** Listens for Ctrl-C until `end`. Pressed again, it leaves at once. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController()
  let left = 'nothing was changed'
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    controller.abort(new Interrupted(`interrupted: ${left}`))
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const one of signals) process.on(one, onSignal)
  const { signal } = controller
  return {
    signal,
    stage(whatIsLeft) {
      left = whatIsLeft
      signal.throwIfAborted()
    },
    async unless(work) {
      signal.throwIfAborted()
      return await new Promise((resolve, reject) => {
        const stop = () => reject(signal.reason)
        signal.addEventListener('abort', stop, { once: true })
        work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
      })
    },
    end() {
      for (const one of signals) process.off(one, onSignal)
    },
  }
}
