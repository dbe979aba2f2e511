import { shellWord } from '../shell-word.ts'
import type { ProjectFiles } from './files.ts'

type Around = Pick<ProjectFiles, 'projectAbove'>

/** What to say of a directory that is no project, and whether a project lies around it. */
export function noProject(around: Around): string {
  const above = around.projectAbove?.()
  const which = above === undefined ? 'name one with -p' : `the one around it is -p ${shellWord(above)}`
  return `no project here: ${which}, or make one with \`al new <name>\``
}

/** The same of the directory of an agent. */
export function agentInstead(around: Around): string {
  const above = around.projectAbove?.()
  const which = above === undefined ? ' (the directory that holds config.toml)' : ` ${shellWord(above)}`
  return `this is the directory of an agent; name its project with -p${which}`
}
