import type { Plan } from '../../core/plan/schema.ts'
import { logsOf } from '../../core/plan/targets/aws-permissions.ts'
import type { PublicRun } from '../../functions/gateway/public-run.ts'
import type { LogEvent, LogEvents } from '../../infra/aws/logs.ts'
import type { LogReader } from '../gateway/follow-run.ts'
import type { GatewayClient, LogEntry, LogQuery } from '../gateway/gateway-client.ts'
import { refusedAs } from '../gateway/gateway-errors.ts'
import { agentEntries, requestOf, serviceEntries } from './cloud-log-entries.ts'

export interface CloudLogsOptions {
  readonly plan: Pick<Plan, 'agents' | 'names' | 'target'>
  readonly events: LogEvents
  readonly gateway: Pick<GatewayClient, 'run' | 'runsOf'>
  /** Epoch milliseconds. */
  readonly now: () => number
}

const minute = 60_000
/** Milliseconds by which an event may come behind others that are younger. */
const lateness = minute
/**
 * Milliseconds to look back for the last entries, until there are enough. The first is longer than a function can run, so
 * that the line with which its request began is among them.
 */
const spans = [20 * minute, 120 * minute, 12 * 60 * minute, 72 * 60 * minute]
const day = 24 * 60 * minute

/**
 * The logs of a deployed project in CloudWatch Logs, as a gateway hands out its own. A page with a cursor has all that is new, however
 * much that is. The log groups do not know runs: which lines are of which run follows from the container of a run, which
 * the gateway knows, and from where a container writes: a task into a stream of its own, an invocation of a function
 * behind the line with which its request starts.
 */
export function cloudLogs({ plan, events, gateway, now }: CloudLogsOptions): LogReader {
  const containers = new Map<string, string>()
  const requests = new Map<string, string>()
  /** What has been handed out, and when it happened: nothing is handed out twice. */
  const seen = new Map<string, number>()

  /** The run of an event of an agent, if the gateway still knows it. */
  function attribution(agent: string) {
    let asked = false
    return async (event: LogEvent): Promise<string | undefined> => {
      const request = requestOf(event)
      if (request !== undefined) requests.set(event.stream, request)
      const container = requests.get(event.stream) ?? taskOf(event.stream)
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

  function sourceOf({ agent, instance }: LogQuery): Source | undefined {
    if (agent === undefined) {
      const groups = [plan.names.gateway, plan.names.scheduler].map((service) => logsOf(plan.names, service))
      return { groups, entries: async (event) => serviceEntries(event) }
    }
    const group = plan.agents.find(({ name }) => name === agent)?.logs
    if (group === undefined) return undefined
    const runOf = attribution(agent)
    const wanted = instance === undefined ? undefined : `${agent}-${instance}`
    return {
      groups: [group],
      async entries(event) {
        const run = await runOf(event)
        if (wanted !== undefined && run === undefined) return undefined
        return wanted !== undefined && run !== wanted ? [] : agentEntries(event, run)
      },
    }
  }

  /** All entries of a range that were not handed out before, by time; of those the last `most`. */
  async function readRange(source: Source, range: Range, most: number, again: boolean): Promise<Found> {
    const found: LogEntry[] = []
    let newest = 0
    for (const group of source.groups) {
      for await (const event of events({ ...range, group })) {
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
      const stream = taskStream(run?.container)

      if (request.cursor !== undefined) {
        const from = Number(request.cursor)
        const { entries, newest } = await readRange(source, { from, stream }, Number.POSITIVE_INFINITY, false)
        return { entries, cursor: cursorOf(Math.max(from, newest - lateness)), hasMore: false }
      }
      if (instance !== undefined && run === undefined) return { entries: [], cursor: null, hasMore: false }
      const first = run?.createdAt ?? (after === undefined ? undefined : after + 1)
      const to = before === undefined ? undefined : before - 1
      const starts = first === undefined ? lookingBack(to ?? now(), plan.target.logRetentionDays) : [first]
      let found: Found = { entries: [], newest: 0 }
      for (const from of starts) {
        found = await readRange(source, { from, to: to ?? endOf(run), stream }, lines, true)
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

interface Source {
  readonly groups: readonly string[]
  /** Nothing while it cannot be told whose it is: a later look may know. */
  readonly entries: (event: LogEvent) => Promise<LogEntry[] | undefined>
}

interface Range {
  readonly from: number
  readonly to?: number
  readonly stream?: string
}

interface Found {
  readonly entries: LogEntry[]
  /** Epoch milliseconds; 0 if there was none. */
  readonly newest: number
}

const lookingBack = (end: number, retentionDays: number): number[] =>
  [...spans, retentionDays * day].map((span) => end - span)

/** What a container printed may arrive after what it said over HTTP. */
const endOf = (run: PublicRun | undefined): number | undefined =>
  run?.endedAt === undefined ? undefined : run.endedAt + 10 * minute

/** An entry has the time of its container, which is not quite that of its event. */
const inTimes = (entries: LogEntry[], { after, before }: LogQuery): LogEntry[] =>
  entries.filter(({ time }) => (after === undefined || time > after) && (before === undefined || time < before))

/** Streams of tasks are named by the container's definition: prefix, container, id of the task. */
const streamPrefix = 'run/agent/'
const taskOf = (stream: string): string | undefined =>
  stream.startsWith(streamPrefix) ? stream.slice(streamPrefix.length) : undefined
const taskStream = (container: string | undefined): string | undefined =>
  container?.includes(':task/') ? `${streamPrefix}${container.slice(container.lastIndexOf('/') + 1)}` : undefined
