/** The commands an agent types in its shell. They are on the PATH of its tools, as `/app/bin/<name>` in the image. */
export const commandNames = [
  ...['al-rerun', 'al-status', 'al-return', 'al-exit', 'al-shutdown'],
  ...['al-call', 'al-check', 'al-wait'],
  ...['rlock', 'runlock', 'rlock-heartbeat'],
] as const

export type CommandName = (typeof commandNames)[number]

/** A command is a name for one program, which lies beside the directory of the commands. */
export const commandScript = (name: string): string => `#!/bin/sh
exec node "$(dirname -- "$0")/../commands.mjs" ${name} "$@"
`
