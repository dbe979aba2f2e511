import type { Log } from '../../../core/scheduler/world.ts'

export interface StepContext {
  /** The environment of the agent's tools: credentials, the gateway, `PATH`. Never this process's own. */
  readonly environment: Readonly<Record<string, string>>
  /** Where steps run; relative paths start here. */
  readonly directory: string
  readonly log: Log
  /** Ends the step, and every process it started. */
  readonly signal: AbortSignal
}

/** Runs one step. Rejects with a `PreflightError` when it failed, with the signal's reason when it was ended. */
export type Step = (params: Readonly<Record<string, unknown>>, context: StepContext) => Promise<void>
