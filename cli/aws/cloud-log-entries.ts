import { entryOf } from '../../functions/local/logs/container-line.ts'
import type { LogEvent } from '../../infra/aws/logs.ts'
import type { LogEntry } from '../gateway/gateway-client.ts'

/** Lines that Lambda writes into a function's log of its own accord, where that is text. */
const platformLine =
  /^(?:START|END|REPORT|INIT_START|INIT_REPORT|EXTENSION)\b.*(?:RequestId|Runtime Version|Name|Init Duration):/
const requestStart = /^START RequestId: (\S+)/
const badEnd = /^REPORT\b.*\bStatus: (timeout|error)\b/

const levels: Readonly<Record<string, number>> = { DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50 }

/** The id of the request whose lines follow in this stream; nothing for any other event. */
export const requestOf = ({ text }: LogEvent): string | undefined => requestStart.exec(text)?.[1]

/** What a run's container printed. Lambda's own lines are `debug`, except for an end that is a failure. */
export function agentEntries({ text, time }: LogEvent, run: string | undefined): LogEntry[] {
  return text.split('\n').flatMap((line) => {
    const entry = platformEntry(line, time) ?? entryOf(line, 'stdout', { run: run ?? '', now: time })
    if (entry === undefined) return []
    const { instance: _, ...rest } = entry
    return [run === undefined ? rest : { ...rest, instance: run }]
  })
}

/** What the gateway or the scheduler logged: JSON objects with `timestamp`, `level` and `message`. */
export function serviceEntries({ text, time }: LogEvent): LogEntry[] {
  const line = text.trimEnd()
  if (line === '') return []
  const parsed = objectOf(line)
  if (parsed === undefined) return [platformEntry(line, time) ?? { level: 30, time, msg: 'output', text: line }]
  if (typeof parsed.type === 'string' && parsed.type.startsWith('platform.')) return [platformRecord(parsed, time)]
  const { timestamp, level, message, ...fields } = parsed
  // Of metrics: a line for CloudWatch, which reads them from it.
  const usual = '_aws' in fields ? 20 : 30
  const own = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return [
    {
      ...fields,
      level: '_aws' in fields ? usual : (levels[String(level)] ?? usual),
      time: Number.isNaN(own) ? time : own,
      msg: typeof message === 'string' ? message : 'output',
    },
  ]
}

function platformEntry(line: string, time: number): LogEntry | undefined {
  if (!platformLine.test(line)) return undefined
  const [, status] = badEnd.exec(line) ?? []
  const text = line.replace(/\s+/g, ' ').trim()
  return status === undefined
    ? { level: 20, time, msg: text }
    : { level: 50, time, msg: `Lambda ended the function: ${status}`, report: text }
}

/** The same where the log is JSON. Source: "Lambda telemetry API, event schema reference". */
function platformRecord({ type, record }: Readonly<Record<string, unknown>>, time: number): LogEntry {
  const status = typeof record === 'object' && record !== null && 'status' in record ? record.status : 'success'
  if (status === 'success') return { level: 20, time, msg: String(type), record }
  return { level: 50, time, msg: `Lambda ended the function: ${status}`, report: record }
}

function objectOf(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
