import { shellWord } from '../../core/shell-word.ts'
import type { HostOptions } from './project-host.ts'

/** How another command about the same place is typed, for hints: one about the cloud must not lead to this machine. */
export function typedFor({ cloud, env, project }: HostOptions): (command: string) => string {
  if (cloud !== true) return (command) => `\`al ${command}\``
  const where = [
    ...(project === '.' ? [] : ['-p', shellWord(project)]),
    ...(env === undefined ? [] : ['-E', shellWord(env)]),
    '-c',
  ]
  return (command) => `\`al ${command} ${where.join(' ')}\``
}
