import type { Plan } from '../../core/plan/schema.ts'
import { type CloudOptions, plannedFor } from '../deploy/cloud-plan.ts'
import { type Interruption, listenForInterruption } from '../deploy/interruption.ts'
import { type Ask, asker } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

export interface DestroyOptions extends CloudOptions {
  readonly yes?: boolean
  /** The state and the secrets, too. */
  readonly all?: boolean
}

/** What the destroy of each cloud gets. */
export interface Destruction {
  readonly options: DestroyOptions
  readonly plan: Plan
  readonly interruption: Interruption
  readonly ask: Ask
  readonly ui: Ui
  /** Asks for confirmation. The project's name has to be typed, since a yes is given too quickly for this. */
  confirmed(): Promise<boolean>
}

/** Removes what is deployed of a project and environment. The state and the secrets are kept, unless all is to go. */
export async function destroy(options: DestroyOptions, ui: Ui, ask: Ask = asker(options)): Promise<void> {
  const plan = plannedFor(options, ui)
  const interruption = listenForInterruption()
  try {
    const destruction = { options, plan, interruption, ask, ui, confirmed: () => confirmed(plan.project, ask, options) }
    if (plan.target.provider === 'gcp') await (await import('../gcp/destroy.ts')).destroyGoogle(destruction)
    else await (await import('../aws/destroy.ts')).destroyAws(destruction)
  } finally {
    interruption.end()
  }
}

async function confirmed(project: string, ask: Ask, { yes = false }: DestroyOptions): Promise<boolean> {
  if (yes) return true
  const check = (answer: string) =>
    answer === project ? undefined : `it is "${project}"; Ctrl-C leaves everything as it is`
  const answer = await ask.text({ text: `Type the project's name (${project}) to remove this`, flag: '--yes', check })
  return answer === project
}
