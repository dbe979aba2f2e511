import type { PublicRun } from '../../functions/gateway/public-run.ts'
import type { LogReader } from './follow-run.ts'
import type { GatewayClient, LogEntry, LogQuery } from './gateway-client.ts'
import { refusedAs } from './gateway-errors.ts'

/** One event of a cloud's log service. */
export interface CloudEvent {
  /** Never that of another event. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly time: number
}

export interface EventRange {
  /** What the service keeps together: a log group, the log of a resource. */
  readonly group: string
  /** A part of it, the events of one container. Absent: all of them. */
  readonly stream?: string
  /** Epoch milliseconds, inclusive. */
  readonly from: number
  /** The same; absent: whatever is there. */
  readonly to?: number
  /** So many of the last ones are enough, if all of the minute before the newest is among them. Absent: all of them. */
  readonly last?: number
}

/** The logs of a cloud's platform, and how to read what it keeps. */
export interface CloudLog<Event extends CloudEvent> {
  /** Events of a range by time. A group or stream that is not there has none. Throws the cloud's failure. */
  readonly events: (range: EventRange) => AsyncIterable<Event>
  /** Of the control plane. */
  readonly services: readonly string[]
  /** Of an agent; nothing if there is none of that name. */
  readonly groupOf: (agent: string) => string | undefined
  /** What printed it, as the run's record calls its container, or the end of that name; nothing where that is not known. */
  readonly containerOf: (event: Event) => string | undefined
  /** The stream of a container, where it has one of its own. */
  readonly streamOf: (container: string) => string | undefined
  readonly agentEntries: (event: Event, run: string | undefined) => LogEntry[]
  readonly serviceEntries: (event: Event) => LogEntry[]
  /** How far to look back for the last entries, in milliseconds, until there are enough. */
  readonly spans: readonly number[]
}

export interface CloudLogsOptions<Event extends CloudEvent> {
  readonly log: CloudLog<Event>
  readonly gateway: Pick<GatewayClient, 'run' | 'runsOf'>
  /** Epoch milliseconds. */
  readonly now: () => number
}

const minute = 60_000
/** Milliseconds by which an event may come behind others that are younger. */
const lateness = minute

/**
 * The logs of a deployed project in the cloud's log service, as a gateway hands out its own. A page with a cursor has all
 * that is new, however much that is. A log service does not know runs: which lines are of which run follows from the
 * container of a run, which the gateway knows.
 */
export function cloudLogs<Event extends CloudEvent>({ log, gateway, now }: CloudLogsOptions<Event>): LogReader {
  const containers = new Map<string, string>()
  /** What has been handed out, and when it happened: nothing is handed out twice. */
  const seen = new Map<string, number>()

  /** The run of an event of an agent, if the gateway still knows it. */
  function attribution(agent: string) {
    let asked = false
    return async (event: Event): Promise<string | undefined> => {
      const container = log.containerOf(event)
      if (container === undefined) return undefined
      if (!containers.has(container) && !asked) {
        asked = true
        for (const run of await gateway.runsOf(agent)) learn(run)
      }
      return containers.get(container)
    }
  }

  const learn = ({ id, container }: PublicRun) => {
    if (container !== undefined) containers.set(container.slice(container.lastIndexOf('/') + 1), id)
  }

  function sourceOf({ agent, instance }: LogQuery): Source<Event> | undefined {
    if (agent === undefined) return { groups: log.services, entries: async (event) => log.serviceEntries(event) }
    const group = log.groupOf(agent)
    if (group === undefined) return undefined
    const runOf = attribution(agent)
    const wanted = instance === undefined ? undefined : `${agent}-${instance}`
    return {
      groups: [group],
      async entries(event) {
        const run = await runOf(event)
        if (wanted !== undefined && run === undefined) return undefined
        return wanted !== undefined && run !== wanted ? [] : log.agentEntries(event, run)
      },
    }
  }

  /** All entries of a range that were not handed out before, by time; of those the last `most`. */
  async function readRange(source: Source<Event>, range: Range, most: number, again: boolean): Promise<Found> {
    const found: LogEntry[] = []
    let newest = 0
    for (const group of source.groups) {
      for await (const event of log.events({ ...range, group })) {
        if (!again && seen.has(event.id)) continue
        const entries = await source.entries(event)
        newest = Math.max(newest, event.time)
        if (entries === undefined) continue
        seen.set(event.id, event.time)
        found.push(...entries)
        if (found.length > 2 * most) found.splice(0, found.length - most)
      }
    }
    if (source.groups.length > 1) found.sort((a, b) => a.time - b.time)
    return { entries: found.slice(-most), newest }
  }

  return {
    async logs(request) {
      const source = sourceOf(request)
      if (source === undefined) return { entries: [], cursor: null, hasMore: false }
      const { agent, instance, lines, after, before } = request
      const run =
        agent === undefined || instance === undefined
          ? undefined
          : await refusedAs(404, gateway.run(`${agent}-${instance}`), () => undefined)
      if (run !== undefined) learn(run)
      const stream = run?.container === undefined ? undefined : log.streamOf(run.container)

      if (request.cursor !== undefined) {
        const from = Number(request.cursor)
        const { entries, newest } = await readRange(source, { from, stream }, Number.POSITIVE_INFINITY, false)
        return { entries, cursor: cursorOf(Math.max(from, newest - lateness)), hasMore: false }
      }
      if (instance !== undefined && run === undefined) return { entries: [], cursor: null, hasMore: false }
      const first = run?.createdAt ?? (after === undefined ? undefined : after + 1)
      const to = before === undefined ? undefined : before - 1
      const starts = first === undefined ? log.spans.map((span) => (to ?? now()) - span) : [first]
      // Lines of other runs would count.
      const last = instance === undefined || stream !== undefined ? lines : undefined
      let found: Found = { entries: [], newest: 0 }
      for (const from of starts) {
        found = await readRange(source, { from, to: to ?? endOf(run), stream, last }, lines, true)
        if (found.entries.length >= lines) break
      }
      const next = Math.max(run?.createdAt ?? 0, (found.newest || now()) - lateness)
      return { entries: inTimes(found.entries, request), cursor: cursorOf(next), hasMore: false }
    },
  }

  /** Also forgets what no later look can come upon. */
  function cursorOf(from: number): string {
    for (const [id, time] of seen) if (time < from) seen.delete(id)
    return String(from)
  }
}

interface Source<Event> {
  readonly groups: readonly string[]
  /** Nothing while it cannot be told whose it is: a later look may know. */
  readonly entries: (event: Event) => Promise<LogEntry[] | undefined>
}

type Range = Omit<EventRange, 'group'>

interface Found {
  readonly entries: LogEntry[]
  /** Epoch milliseconds; 0 if there was none. */
  readonly newest: number
}

/** What a container printed may arrive after what it said over HTTP. */
const endOf = (run: PublicRun | undefined): number | undefined =>
  run?.endedAt === undefined ? undefined : run.endedAt + 10 * minute

/** An entry has the time of its container, which is not quite that of its event. */
const inTimes = (entries: LogEntry[], { after, before }: LogQuery): LogEntry[] =>
  entries.filter(({ time }) => (after === undefined || time > after) && (before === undefined || time < before))
