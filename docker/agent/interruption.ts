/**
 * What ends a run from outside of its session. The first one counts.
 *
 * - `stopped`: somebody wants it to end. - `timeout`: its time is over.
 * - `over`: the record says that it has ended; whoever ended it has said how.
 * - `fenced`: nothing has been heard of the gateway for so long that the run may have been given up.
 * - `crashed`: an error that nobody has caught.
 */
export type Interruption =
  | { readonly kind: 'stopped'; readonly reason?: string }
  | { readonly kind: 'timeout'; readonly seconds: number }
  | { readonly kind: 'over' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'crashed'; readonly error: unknown }

/** One place to interrupt a run, and to ask whether it has been. */
export interface Interrupter {
  readonly signal: AbortSignal
  interrupt(by: Interruption): void
  /** By what the run has been interrupted, if it has. */
  readonly by: () => Interruption | undefined
}

export function interrupter(): Interrupter {
  const controller = new AbortController()
  let first: Interruption | undefined
  return {
    signal: controller.signal,
    interrupt(by) {
      if (first !== undefined) return
      first = by
      controller.abort(new Error(`the run is to end: ${by.kind}`))
    },
    by: () => first,
  }
}

/** Interrupts a run when its time is over. The answer cancels it. */
export function runTimer(ms: number, seconds: number, { interrupt }: Interrupter): () => void {
  const timer = setTimeout(() => interrupt({ kind: 'timeout', seconds }), Math.max(0, ms))
  return () => clearTimeout(timer)
}
