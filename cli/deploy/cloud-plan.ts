import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { CloudError, ConfigurationError } from '../errors.ts'
import type { Ui } from '../ui/ui.ts'

export interface CloudOptions {
  /** The project's directory. */
  readonly project: string
  /** Default: AL_ENV. */
  readonly env?: string
}

/** The plan of a project for the cloud that it names; AWS if it names none. Throws a `ConfigurationError`. */
export function cloudPlan({ project, env }: CloudOptions): Plan {
  const compiled = compileProject(projectFiles(project), { environment: env ?? (process.env.AL_ENV || undefined) })
  if (!compiled.ok) throw new ConfigurationError(project, compiled.problems)
  return compiled.plan
}

/** The same for what is possible on AWS alone; its warnings are shown. Throws a `CloudError` for other clouds. */
export function awsPlan(options: CloudOptions, what: string, ui: Ui): Plan {
  const plan = cloudPlan(options)
  if (plan.target.provider !== 'aws') {
    throw new CloudError(
      `${what} on Google Cloud comes with a later release; the project's [cloud] provider is "cloud-run"`,
    )
  }
  for (const text of plan.warnings) ui.emit({ kind: 'warning', text })
  return plan
}
