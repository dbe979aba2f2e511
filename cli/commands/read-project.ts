import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { ConfigurationError } from '../errors.ts'
import type { HostOptions } from '../gateway/project-host.ts'

/** The plan of a project for this machine. Throws a `ConfigurationError` with everything that is wrong with it. */
export function readProject({ project, env }: HostOptions): Plan {
  const compiled = compileProject(projectFiles(project), {
    provider: 'local',
    environment: env ?? (process.env.AL_ENV || undefined),
  })
  if (!compiled.ok) throw new ConfigurationError(project, compiled.problems)
  return compiled.plan
}
