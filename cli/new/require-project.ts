import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { agentInstead, noProject } from '../../core/project/no-project.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { ConfigurationError } from '../errors.ts'

/** Throws a `ConfigurationError` where there is no project, whatever may be wrong with one that is there. */
export function requireProject(project: string): void {
  const has = (name: string) => existsSync(join(project, name))
  const agent = ['agent-config.toml', 'ACTIONS.md'].find(has)
  if (agent !== undefined) throw refusal(project, agent, agentInstead)
  if (!has('config.toml') && !has('agents')) throw refusal(project, 'config.toml', noProject)
}

const refusal = (project: string, file: string, message: typeof noProject) =>
  new ConfigurationError(project, [{ file, message: message(projectFiles(project)) }])
