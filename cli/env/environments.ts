import { homedir } from 'node:os'
import { join } from 'node:path'
import { nearest } from '../../core/project/nearest.ts'
import { compare } from '../../core/project/problem.ts'
import { quote } from '../../core/project/quote.ts'
import { namePattern, nameRule } from '../../core/project/schema/fields.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { exitCodes, UserError } from '../errors.ts'
import { requireProject } from '../new/require-project.ts'

/** A file that defines an environment. The project's own file wins over the one in the home directory. */
export interface EnvironmentFile {
  readonly name: string
  readonly where: 'project' | 'home'
  /** As a person names it. */
  readonly path: string
}

/** The directory of files for all projects of this user. */
export const homeEnvironments = (home: string = homedir()): string => join(home, '.action-llama', 'environments')

/** All files that define environments, by name. */
export function environmentFiles(project: string): readonly EnvironmentFile[] {
  const files = projectFiles(project)
  const inside = (directory: string) =>
    (files.list(directory) ?? []).flatMap(({ name, kind }) =>
      kind === 'file' && name.endsWith('.toml') ? [name.slice(0, -'.toml'.length)] : [],
    )
  return [
    ...inside('environments').map(
      (name) => ({ name, where: 'project', path: join(project, 'environments', `${name}.toml`) }) as const,
    ),
    ...inside('~/.action-llama/environments').map(
      (name) => ({ name, where: 'home', path: join(homeEnvironments(), `${name}.toml`) }) as const,
    ),
  ].sort((a, b) => compare(a.name, b.name))
}

/** The files of one environment. Throws a `UserError` with those that there are, or when there is no project. */
export function filesOf(project: string, name: string): readonly EnvironmentFile[] {
  checkName(name)
  const all = environmentFiles(project)
  const found = all.filter((one) => one.name === name)
  if (found.length > 0) return found
  requireProject(project)
  const names = [...new Set(all.map((one) => one.name))]
  const known = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`
  throw new UserError(
    `no environment ${quote(name)}${nearest(name, names)}: ${known}; \`al env init ${name}\` makes it`,
    exitCodes.configuration,
  )
}

/** Throws a `UserError` for what cannot be a name, and so never leads out of the directory. */
export function checkName(name: string): void {
  if (namePattern.test(name)) return
  throw new UserError(`${quote(name)} is not a valid environment name: ${nameRule}`, exitCodes.usage)
}
