import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import type { Runtime } from '../../core/plan/targets/local.ts'
import { loadProject } from '../../core/project/load.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { ConfigurationError } from '../errors.ts'

export interface ProjectChoice {
  /** The project's directory. */
  readonly directory: string
  readonly environment?: string
  /** How agents run, whatever the project says. */
  readonly runtime?: Runtime
}

/** A project as this machine runs it. */
export interface LocalProject {
  readonly plan: Plan
  readonly runtime: Runtime
  /** `[gateway] port`, or its default. */
  readonly port: number
}

/** Reads and plans a project for this machine. Throws a ConfigurationError with everything that is wrong with it. */
export function readLocalProject({ directory, environment, runtime }: ProjectChoice): LocalProject {
  const files = projectFiles(directory)
  const compiled = compileProject(files, { provider: 'local', environment, runtime })
  if (!compiled.ok) throw new ConfigurationError(directory, compiled.problems)
  // The plan says what runs, not where its host listens.
  const { project } = loadProject(files, { environment })
  if (project === undefined) throw new Error(`${directory} changed while it was read`)
  return { plan: compiled.plan, runtime: runtime ?? project.local.runtime, port: project.gateway.port }
}
