import { setTimeout as sleep } from 'node:timers/promises'
import type { GoogleAccount } from './account.ts'
import type { GoogleAnswer } from './google-api.ts'

/** One entry of Cloud Logging, as far as it is looked at. */
export interface LogEvent {
  /** Never that of another entry of the same project. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly time: number
  /** What wrote it: the process by one of its outputs, or Cloud Run itself. */
  readonly source: 'stdout' | 'stderr' | 'system'
  /** `DEFAULT`, `INFO`, `ERROR` …; what a process prints has none unless it says so. */
  readonly severity: string
  /** The execution of a job. */
  readonly execution?: string
  readonly text?: string
  /** Of a line that was a JSON object, what Cloud Logging has left of it. */
  readonly json?: Readonly<Record<string, unknown>>
}

export interface LogRange {
  /** A job or a service of Cloud Run. */
  readonly of: { readonly job: string } | { readonly service: string }
  /** Short name of an execution of the job. Absent: all of them. */
  readonly execution?: string
  /** Epoch milliseconds, inclusive. */
  readonly from: number
  /** The same; absent: whatever is there. */
  readonly to?: number
  /** So many of the last ones are enough, if all of the minute before the newest is among them. Absent: all of them. */
  readonly last?: number
}

/** Reads logs, by time. What is not there has no entries. Throws a `GoogleFailure`. */
export type LogEvents = (range: LogRange) => AsyncIterable<LogEvent>

interface Entry {
  readonly insertId?: string
  readonly timestamp?: string
  readonly severity?: string
  readonly logName?: string
  readonly textPayload?: string
  readonly jsonPayload?: Readonly<Record<string, unknown>>
  readonly labels?: Readonly<Record<string, string>>
}

const url = 'https://logging.googleapis.com/v2/entries:list'
const pageSize = 1000
const minute = 60_000

/**
 * Milliseconds to wait, one after the other, while the quota is used up: a project may be asked sixty times a minute, by
 * everybody together. Source: "Quotas and limits" of Cloud Logging, November 2026.
 */
const waits = [2000, 5000, 10_000, 20_000, 30_000]

/** The logs of Cloud Run in a project. */
export function logEvents(
  { api, project, region }: Pick<GoogleAccount, 'api' | 'project' | 'region'>,
  pauses: readonly number[] = waits,
): LogEvents {
  async function page(body: object): Promise<GoogleAnswer> {
    for (const pause of [...pauses, undefined]) {
      const answer = await api('POST', url, { body, repeatable: true })
      if (answer.status < 300) return answer
      if (answer.status !== 429 || pause === undefined) throw answer.failure()
      await sleep(pause)
    }
    throw new Error('unreachable')
  }

  async function* entries(filter: string, orderBy: string): AsyncGenerator<LogEvent> {
    let pageToken: unknown
    do {
      const { body } = await page({
        resourceNames: [`projects/${project}`],
        filter,
        orderBy,
        pageSize,
        ...(typeof pageToken === 'string' && { pageToken }),
      })
      for (const entry of (body.entries ?? []) as Entry[]) {
        const event = eventOf(entry)
        if (event !== undefined) yield event
      }
      // A page without entries may have another one behind it.
      pageToken = body.nextPageToken || undefined
    } while (pageToken !== undefined)
  }

  return async function* (range) {
    const filter = filterOf(range, { project, region })
    if (range.last === undefined) return yield* entries(filter, 'timestamp asc')
    const found: LogEvent[] = []
    for await (const event of entries(filter, 'timestamp desc')) {
      if (found.length >= range.last && event.time < (found[0]?.time ?? 0) - minute) break
      found.push(event)
    }
    yield* found.reverse()
  }
}

const sources = { stdout: 'stdout', stderr: 'stderr', 'varlog%2Fsystem': 'system' } as const

function filterOf(
  { of, execution, from, to }: LogRange,
  { project, region }: Pick<GoogleAccount, 'project' | 'region'>,
): string {
  const logs = Object.keys(sources).map((name) => quoted(`projects/${project}/logs/run.googleapis.com%2F${name}`))
  const [type, label, name] =
    'job' in of ? ['cloud_run_job', 'job_name', of.job] : ['cloud_run_revision', 'service_name', of.service]
  return [
    `resource.type=${quoted(type)}`,
    `resource.labels.${label}=${quoted(name)}`,
    `resource.labels.location=${quoted(region)}`,
    `logName=(${logs.join(' OR ')})`,
    `timestamp>=${quoted(new Date(Math.max(0, from)).toISOString())}`,
    ...(to === undefined ? [] : [`timestamp<=${quoted(new Date(to).toISOString())}`]),
    ...(execution === undefined ? [] : [`labels.${quoted(executionLabel)}=${quoted(execution)}`]),
  ].join(' AND ')
}

const executionLabel = 'run.googleapis.com/execution_name'

const quoted = (text: string): string => JSON.stringify(text)

function eventOf({ insertId, timestamp, severity, logName = '', labels, ...said }: Entry): LogEvent | undefined {
  const { textPayload: text, jsonPayload: json } = said
  const time = Date.parse(timestamp ?? '')
  if (Number.isNaN(time)) return undefined
  const kind = logName.slice(logName.indexOf('run.googleapis.com%2F') + 'run.googleapis.com%2F'.length)
  const execution = labels?.[executionLabel]
  return {
    id: `${timestamp} ${insertId ?? JSON.stringify(said)}`,
    time,
    source: sources[kind as keyof typeof sources] ?? 'stdout',
    severity: severity ?? 'DEFAULT',
    ...(execution !== undefined && { execution }),
    ...(text !== undefined && { text }),
    ...(json !== undefined && { json }),
  }
}
