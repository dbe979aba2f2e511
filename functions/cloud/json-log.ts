import type { Log } from '../../core/scheduler/world.ts'
import { redacting } from '../gateway/log.ts'

export type Level = Parameters<Log>[0]

const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']

/** The fields that a platform expects in a line, such as the level in its own word for it. */
export type Stamp = (level: Level, fields: Readonly<Record<string, unknown>>) => Readonly<Record<string, string>>

/** What is added to a line, so that a platform reads more from it than a person does; nothing for most lines. */
export type Embed = (
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>> | undefined

/**
 * Log lines as JSON, in which no field can replace the stamp or the message. `write` takes one line with its end; nothing
 * below `least` reaches it, but lines that something is embedded in: they are not only for reading.
 */
export function jsonLog(write: (line: string) => void, stamp: Stamp, least: Level = 'info', embed?: Embed): Log {
  return (level, message, fields = {}) => {
    const embedded = embed?.(message, fields)
    if (embedded === undefined && levels.indexOf(level) < levels.indexOf(least)) return
    write(`${JSON.stringify({ ...fields, ...embedded, ...stamp(level, fields), message })}\n`)
  }
}

/** The log of a function, without secrets: to its standard output, from the level of that name; else from `info`. */
export const stdoutLog = (stamp: Stamp, wanted: string | undefined, embed?: Embed): Log =>
  redacting(
    jsonLog(
      (line) => process.stdout.write(line),
      stamp,
      levels.find((level) => level === wanted),
      embed,
    ),
  )

/** Lambda passes a line through as it is when it is JSON with `timestamp` and `level`, and filters by the level. */
export const lambdaStamp =
  (now: () => number = Date.now): Stamp =>
  (level) => ({ timestamp: new Date(now()).toISOString(), level: level.toUpperCase() })

const severities = { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const

const traceId = /^[0-9a-f]{32}$/

/**
 * Cloud Logging reads `severity` from a container's output, and adds the time itself. Lines of a request stand below the
 * platform's own line of it, where they name its trace, which is what a request's id is there.
 *
 * Source: "Structured logging: special fields in JSON payloads". `project` is the id of the Google Cloud project.
 */
export const cloudLoggingStamp =
  (project: string): Stamp =>
  (level, { requestId }) => ({
    severity: severities[level],
    ...(typeof requestId === 'string' &&
      traceId.test(requestId) && { 'logging.googleapis.com/trace': `projects/${project}/traces/${requestId}` }),
  })
