import type { Log } from '../../core/scheduler/world.ts'

const secretNames = new Set(['secret', 'authorization', 'ticket', 'session', 'token', 'cookie'])

/** The end of a run id, and what makes a secret of it: `<run id>.<32 bytes in base64url>`. */
const runSecret = /(-[a-z0-9]{20})\.[\w-]{20,}/g

/**
 * A log without secrets: fields whose name says that they are secret, and texts that look like a run's secret, are
 * redacted.
 */
export const redacting =
  (log: Log): Log =>
  (level, message, fields) =>
    log(level, clean(message), fields && (redacted(fields, 0) as typeof fields))

const clean = (text: string): string => text.replace(runSecret, '$1.[redacted]')

/** Deeper levels than this are left out: a log line is flat. */
const deepest = 5

function redacted(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return clean(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > deepest) return '[…]'
  if (Array.isArray(value)) return value.map((one) => redacted(one, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      secretNames.has(name.toLowerCase()) && one !== undefined ? '[redacted]' : redacted(one, depth + 1),
    ]),
  )
}
