import { type CloudOptions, cloudPlan } from '../deploy/cloud-plan.ts'
import { showCost } from '../ui/show-plan.ts'
import type { Ui } from '../ui/ui.ts'

/** Shows what the project would cost, by its plan. Asks nobody. */
export async function cost(options: CloudOptions, ui: Ui): Promise<void> {
  const plan = cloudPlan(options)
  for (const text of plan.warnings) ui.emit({ kind: 'warning', text })
  ui.emit({ kind: 'data', data: { project: plan.project, environment: plan.environment, ...plan.cost } })
  showCost(plan, ui)
}
