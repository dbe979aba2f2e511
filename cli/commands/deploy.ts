import type { Plan } from '../../core/plan/schema.ts'
import { type CloudOptions, plannedFor } from '../deploy/cloud-plan.ts'
import { type Interruption, listenForInterruption } from '../deploy/interruption.ts'
import { refuseOpenWebhooks } from '../deploy/refusals.ts'
import { type Ask, asker } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

export interface DeployOptions extends CloudOptions {
  readonly yes?: boolean
  readonly dryRun?: boolean
  /** Kills runs that would be cut off, instead of waiting for them. */
  readonly now?: boolean
}

/** What the deploy of each cloud gets. */
export interface Deployment {
  readonly options: DeployOptions
  readonly plan: Plan
  readonly interruption: Interruption
  readonly ask: Ask
  readonly ui: Ui
}

/** Deploys a project: compares, shows the change, asks, and makes it. Throws a `UserError`. */
export async function deploy(options: DeployOptions, ui: Ui, ask: Ask = asker(options)): Promise<void> {
  const plan = plannedFor(options, ui)
  refuseOpenWebhooks(plan)
  const interruption = listenForInterruption()
  try {
    const deployment = { options, plan, interruption, ask, ui }
    if (plan.target.provider === 'gcp') await (await import('../gcp/deploy.ts')).deployToGoogle(deployment)
    else await (await import('../aws/deploy.ts')).deployToAws(deployment)
  } finally {
    interruption.end()
  }
}
