import type { Plan } from '../../core/plan/schema.ts'
import { type CloudOptions, plannedFor } from '../deploy/cloud-plan.ts'
import type { SetExitCode } from '../program/declare.ts'
import type { Ui } from '../ui/ui.ts'

export interface DiffOptions extends CloudOptions {
  /** Ends with 1 where a deploy would change something. */
  readonly exitCode?: boolean
}

/** What each cloud is given to compare. */
export interface Diffing {
  readonly options: DiffOptions
  readonly plan: Plan
  readonly ui: Ui
  readonly setExitCode: SetExitCode
}

/** Shows what a deploy would change. Only reads. */
export async function diff(options: DiffOptions, ui: Ui, setExitCode: SetExitCode): Promise<void> {
  const plan = plannedFor(options, ui)
  const diffing = { options, plan, ui, setExitCode }
  if (plan.target.provider === 'gcp') await (await import('../gcp/diff.ts')).diffGoogle(diffing)
  else await (await import('../aws/diff.ts')).diffAws(diffing)
}
