import type { Log } from '../../core/scheduler/world.ts'

const severities = { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const
type Level = keyof typeof severities
const levels = Object.keys(severities) as Level[]

/** A line of JSON for each entry, as Cloud Logging reads them from a container's output; nothing below `least`. */
export function jsonLog(write: (line: string) => void, least: Level = 'info'): Log {
  return (level, message, fields) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return
    write(`${JSON.stringify({ ...fields, severity: severities[level], message })}\n`)
  }
}

/** The log of a function: to its standard output, from the level of that name; else from `info`. */
export const stdoutLog = (wanted: string | undefined): Log =>
  jsonLog(
    (line) => process.stdout.write(line),
    levels.find((level) => level === wanted),
  )
