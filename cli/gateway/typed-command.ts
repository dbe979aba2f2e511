import { quoted } from '../ui/same-place.ts'
import type { HostOptions } from './project-host.ts'

/** How another command about the same place is typed, for hints: one about the cloud must not lead to this machine. */
export function typedFor({ cloud, env, project }: HostOptions): (command: string) => string {
  if (cloud !== true) return (command) => `\`al ${command}\``
  const where = [
    ...(project === '.' ? [] : ['-p', quoted(project)]),
    ...(env === undefined ? [] : ['-E', quoted(env)]),
    '-c',
  ]
  return (command) => `\`al ${command} ${where.join(' ')}\``
}
