import type { LogEntry } from '../../gateway/log-source.ts'

export const levels = { debug: 20, info: 30, warn: 40, error: 50 } as const

export type Level = keyof typeof levels

/** Characters of a line on standard error that are kept. */
const longestError = 500

/** Milliseconds by which a container's own time may differ from ours before ours is written. */
const plausible = 24 * 3600_000

/**
 * What a container printed, as an entry of its agent's log. Its own log lines are JSON objects with `_log: true`; all else
 * on standard output is what the agent says, and standard error is a warning. Nothing for an empty line.
 */
export function entryOf(
  line: string,
  stream: 'stdout' | 'stderr',
  { run, now }: { readonly run: string; readonly now: number },
): LogEntry | undefined {
  const text = line.trimEnd()
  if (text === '') return undefined
  const said = stream === 'stdout' ? logLine(text) : undefined
  if (said !== undefined) {
    const { _log: _, level, msg, ts, ...fields } = said
    const own = typeof ts === 'number' && Math.abs(ts - now) < plausible
    return {
      ...fields,
      level: levelOf(level),
      time: own ? ts : now,
      msg: typeof msg === 'string' ? msg : 'output',
      instance: run,
    }
  }
  if (stream === 'stderr') {
    return { level: levels.warn, time: now, msg: 'container stderr', instance: run, text: text.slice(0, longestError) }
  }
  return { level: levels.info, time: now, msg: 'output', instance: run, text }
}

function logLine(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    const isOurs = typeof parsed === 'object' && parsed !== null && '_log' in parsed && parsed._log === true
    return isOurs ? (parsed as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

const levelOf = (level: unknown): number =>
  typeof level === 'string' && Object.hasOwn(levels, level) ? levels[level as Level] : levels.info
