import type { Plan } from '../../core/plan/schema.ts'
import { entryOf } from '../../functions/local/logs/container-line.ts'
import type { LogEvent, LogEvents } from '../../infra/gcp/logs.ts'
import type { CloudLog } from '../gateway/cloud-logs.ts'
import type { LogEntry } from '../gateway/gateway-client.ts'

const day = 24 * 3600_000

/** Cloud Logging: every entry of a job says which execution wrote it. */
export function cloudLogging(plan: Pick<Plan, 'agents' | 'names' | 'target'>, events: LogEvents): CloudLog<LogEvent> {
  const jobs = new Set(plan.agents.map(({ resource }) => resource))
  return {
    events: ({ group, stream, ...range }) =>
      events({ ...range, of: jobs.has(group) ? { job: group } : { service: group }, execution: stream }),
    services: [plan.names.gateway],
    groupOf: (agent) => plan.agents.find(({ name }) => name === agent)?.resource,
    containerOf: ({ execution }) => execution,
    streamOf: (container) => container.slice(container.lastIndexOf('/') + 1),
    agentEntries,
    serviceEntries,
    spans: [plan.target.logRetentionDays * day],
  }
}

/** What a run's container printed, and what Cloud Run has to say about it. */
function agentEntries(event: LogEvent, run: string | undefined): LogEntry[] {
  const { text, json, source, time } = event
  const lines = json === undefined ? (text ?? '').split('\n') : [JSON.stringify(json)]
  return lines.flatMap((line) => {
    const entry =
      source === 'system' ? platformEntry(event, line) : entryOf(line, source, { run: run ?? '', now: time })
    if (entry === undefined) return []
    const { instance: _, ...rest } = entry
    return [run === undefined ? rest : { ...rest, instance: run }]
  })
}

/** What the gateway logged: JSON objects with `message`; Cloud Logging has taken their level and time. */
function serviceEntries(event: LogEvent): LogEntry[] {
  const { text = '', json, source, time, severity } = event
  if (json === undefined || source === 'system') {
    const line = text.trimEnd()
    if (line === '') return []
    const entry = platformEntry(event, line)
    return [source === 'system' ? entry : { ...entry, msg: 'output', text: line }]
  }
  const { message, ...fields } = json
  const msg = typeof message === 'string' ? message : 'output'
  return [{ ...fields, level: levels[severity] ?? 30, time, msg }]
}

/** Cloud Run's own lines are for those who look closely, unless they tell of a failure. */
const platformEntry = ({ severity, time, source }: LogEvent, line: string): LogEntry => ({
  level: levels[severity] ?? (source === 'system' ? 20 : 30),
  time,
  msg: line,
})

const levels: Readonly<Record<string, number>> = {
  DEBUG: 20,
  INFO: 30,
  NOTICE: 30,
  WARNING: 40,
  ERROR: 50,
  CRITICAL: 50,
  ALERT: 50,
  EMERGENCY: 50,
}
