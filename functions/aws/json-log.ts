import type { Log } from '../../core/scheduler/world.ts'
import type { Environment } from './deployment.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
type Level = (typeof levels)[number]

/**
 * Log lines as JSON. Lambda passes a line through as it is when it is JSON with `timestamp` and `level`, and filters by
 * the level. `write` takes one line with its end; nothing below `least` reaches it.
 */
export function jsonLog(write: (line: string) => void, least: Level = 'info', now: () => number = Date.now): Log {
  return (level, message, fields = {}) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return
    const timestamp = new Date(now()).toISOString()
    write(`${JSON.stringify({ ...fields, timestamp, level: level.toUpperCase(), message })}\n`)
  }
}

/** The log of a function: to its standard output, from the level that `AL_LOG_LEVEL` names; else from `info`. */
export const stdoutLog = ({ AL_LOG_LEVEL: wanted }: Environment): Log =>
  jsonLog(
    (line) => process.stdout.write(line),
    levels.find((level) => level === wanted),
  )
