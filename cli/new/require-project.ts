import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, UserError } from '../errors.ts'

/** Throws a `UserError` where there is no project to change. */
export function requireProject(project: string): void {
  if (existsSync(join(project, 'agent-config.toml')) || existsSync(join(project, 'ACTIONS.md'))) {
    throw new UserError(
      `${project} is the directory of an agent; name its project with -p (the directory that holds config.toml)`,
      exitCodes.configuration,
    )
  }
  if (existsSync(join(project, 'config.toml')) || existsSync(join(project, 'agents'))) return
  throw new UserError(
    `${project} holds no project: name one with -p, or make one with \`al new <name>\``,
    exitCodes.configuration,
  )
}
