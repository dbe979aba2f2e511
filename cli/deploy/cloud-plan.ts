import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { ConfigurationError } from '../errors.ts'
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

/** The same, with its warnings shown. */
export function plannedFor(options: CloudOptions, ui: Ui): Plan {
  const plan = cloudPlan(options)
  for (const text of plan.warnings) ui.emit({ kind: 'warning', text })
  return plan
}

/** The flags that name the same project and environment again. */
export const sameProject = ({ project, env }: CloudOptions): string =>
  `${project === '.' ? '' : ` -p ${project}`}${env === undefined ? '' : ` -E ${env}`}`
