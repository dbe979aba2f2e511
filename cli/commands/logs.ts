import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseRunId } from '../../core/scheduler/run.ts'
import { exitCodes, UserError } from '../errors.ts'
import { type LogReader, logTail } from '../gateway/follow-run.ts'
import type { GatewayClient, LogEntry, LogQuery } from '../gateway/gateway-client.ts'
import { refusedAs } from '../gateway/gateway-errors.ts'
import { connect, findHost, type HostOptions } from '../gateway/project-host.ts'
import { typedFor } from '../gateway/typed-command.ts'
import { conversationFormat, type LogFormat, rawFormat } from '../ui/log-format.ts'
import { onReaderGone } from '../ui/streams.ts'
import type { Ui } from '../ui/ui.ts'
import { readProject } from './read-project.ts'
import { unknownAgent } from './unknown-agent.ts'
import { unknownRun } from './unknown-run.ts'

export interface LogsOptions extends HostOptions {
  readonly follow?: boolean
  /** Entries to show at first, 1 to 1000. */
  readonly lines: number
  /** `YYYY-MM-DD`, a day by this machine's clock. */
  readonly date?: string
  /** A run, by its id or the suffix of that. */
  readonly instance?: string
  readonly raw?: boolean
  readonly json?: boolean
}

type Wanted = Pick<LogQuery, 'agent' | 'instance' | 'after' | 'before'>

/** Entries of one request. */
const most = 1000

/**
 * Shows the log of the scheduler, of an agent or of one run: from the host or, when none runs, from its files; of what is
 * deployed, from the cloud's log service.
 */
export async function logs(target: string | undefined, options: LogsOptions, ui: Ui): Promise<void> {
  const wanted = { ...wantedOf(target, options.instance), ...dayOf(options.date) }
  if (options.follow === true && options.date !== undefined) {
    throw new UserError('-f follows what comes now, -d shows a day: leave one of them out', exitCodes.usage)
  }
  const host = options.follow === true ? await connect(options) : await findHost(options)
  const reader = host ?? (await filesOf(options.project))
  const format = options.raw === true ? rawFormat : conversationFormat()

  // Entries that show nothing do not count as lines, so more are read than are shown.
  const quiet = options.json !== true && options.raw !== true
  const page = await reader.logs({ ...wanted, lines: quiet ? most : options.lines })
  const shown = (quiet ? withLines(page.entries) : page.entries).slice(-options.lines)
  show(shown, format, ui)
  if (shown.length === 0) await explainEmpty(wanted, host, options, ui)
  if (options.follow === true && host !== undefined) await follow(host, wanted, page.cursor, format, ui)
}

function show(entries: readonly LogEntry[], format: LogFormat, ui: Ui): void {
  for (const entry of entries) ui.emit({ kind: 'record', data: entry, lines: format(entry) })
}

function withLines(entries: readonly LogEntry[]): readonly LogEntry[] {
  const format = conversationFormat()
  return entries.filter((entry) => format(entry).length > 0)
}

/** Until Ctrl-C, the end of the run that is followed, or that of whoever reads. */
async function follow(host: GatewayClient, wanted: Wanted, cursor: string | null, format: LogFormat, ui: Ui) {
  const ended = new AbortController()
  const interrupt = () => ended.abort()
  process.once('SIGINT', interrupt)
  const forget = onReaderGone(interrupt)
  try {
    const next = logTail(host, wanted, cursor)
    while (!ended.signal.aborted) {
      const over = await isOver(host, wanted)
      await sleep(Math.max(1000, host.lookEvery), undefined, { signal: ended.signal }).catch(() => {})
      show(await next(), format, ui)
      if (over) return
    }
  } finally {
    process.off('SIGINT', interrupt)
    forget()
  }
}

async function isOver(host: GatewayClient, { agent, instance }: Wanted): Promise<boolean> {
  return agent !== undefined && instance !== undefined && (await host.run(`${agent}-${instance}`)).status === 'done'
}

/** An empty log is no mistake, but the name of an agent or a run that never was is one. */
async function explainEmpty(wanted: Wanted, host: GatewayClient | undefined, options: LogsOptions, ui: Ui) {
  const { agent, instance } = wanted
  // Where there is no project, that is what to say.
  const own = host === undefined ? readProject(options).agents : undefined
  if (agent !== undefined && instance === undefined) {
    const known = own ?? (await host?.status())?.agents ?? []
    if (!known.some(({ name }) => name === agent))
      throw unknownAgent(
        agent,
        known.map(({ name }) => name),
      )
  }
  if (agent !== undefined && instance !== undefined && host !== undefined) {
    const id = `${agent}-${instance}`
    await refusedAs(404, host.run(id), () => {
      throw unknownRun(id, typedFor(options))
    })
  }
  const whose =
    agent === undefined ? 'the scheduler' : instance === undefined ? `agent "${agent}"` : `run ${agent}-${instance}`
  const when = options.date === undefined ? '' : ` on ${options.date}`
  const next = options.follow === true ? ' yet: what comes is shown; Ctrl-C leaves' : ''
  ui.emit({ kind: 'note', text: `no log of ${whose}${when}${next}` })
}

async function filesOf(project: string): Promise<LogReader> {
  const { fileLogs } = await import('../../functions/local/logs/read-logs.ts')
  const files = fileLogs(join(project, '.al/logs'))
  return {
    async logs(request) {
      const { entries, ...rest } = await files.read(request)
      return { ...rest, entries: [...entries] }
    },
  }
}

function wantedOf(target: string | undefined, instance: string | undefined): Wanted {
  const run = target === undefined ? undefined : parseRunId(target)
  if (run !== undefined) return { agent: run.agent, instance: run.suffix }
  const agent = target === undefined || target === 'scheduler' ? undefined : target
  if (instance === undefined) return { agent }
  const named = parseRunId(instance)
  if (named !== undefined && (agent === undefined || agent === named.agent)) {
    return { agent: named.agent, instance: named.suffix }
  }
  if (agent !== undefined && /^[a-z0-9]{20}$/.test(instance)) return { agent, instance }
  throw new UserError(
    `-i ${JSON.stringify(instance.slice(0, 100))} is no run${agent === undefined ? '' : ` of agent "${agent}"`}: give its whole id, or with an agent the last 20 characters of it`,
    exitCodes.usage,
  )
}

/** The moments just outside of a day, by this machine's clock. */
function dayOf(date: string | undefined): Pick<Wanted, 'after' | 'before'> {
  if (date === undefined) return {}
  const [, year = 0, month = 0, day = 0] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(date) ?? []).map(Number)
  const start = new Date(year, month - 1, day)
  if (year === 0 || start.getMonth() !== month - 1 || start.getDate() !== day) {
    throw new UserError(`-d ${JSON.stringify(date.slice(0, 100))} is no day: write it as 2026-11-21`, exitCodes.usage)
  }
  return { after: start.getTime() - 1, before: new Date(year, month - 1, day + 1).getTime() }
}
