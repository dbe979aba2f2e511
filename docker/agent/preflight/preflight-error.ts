/**
 * A preflight step that failed. The message names what failed as the agent's configuration has it, without values from the
 * environment; `details` are what the other side said and belong into the log only, where secrets are taken out.
 */
export class PreflightError extends Error {
  override readonly name = 'PreflightError'
  readonly details?: Readonly<Record<string, unknown>>

  constructor(message: string, details?: Readonly<Record<string, unknown>>) {
    super(message)
    this.details = details
  }
}
