import { publicRun } from '../../functions/gateway/public-run.ts'
import { exitCodes, UserError } from '../errors.ts'
import { wrongKey } from '../gateway/project-host.ts'
import { type EventLine, lineOf } from '../local/event-line.ts'
import type { HostEvent } from '../local/host-event.ts'
import { type OpenHost, openLocalHost } from '../local/open-host.ts'
import { stopOnSignals } from '../local/stop-on-signals.ts'
import type { Dashboard } from '../ui/dashboard/dashboard.ts'
import type { DashboardEvent } from '../ui/dashboard/options.ts'
import { streamUi } from '../ui/streams.ts'
import type { StyledLine, Ui } from '../ui/ui.ts'

export interface StartOptions {
  readonly project: string
  readonly env?: string
  readonly headless?: boolean
  readonly port?: number
  readonly expose?: boolean
  readonly webUi?: boolean
  readonly runtime?: 'docker' | 'process'
  readonly runNow?: boolean
  readonly json?: boolean
}

/**
 * Runs a project on this machine until it is told to stop: by a signal, by Ctrl-C or by `al stop`. On a terminal it shows
 * a view; else, with `--headless` and with `--json` a line for each thing that happens.
 */
export async function start(
  options: StartOptions,
  ui: Ui = streamUi(options.json === true),
  openHost: typeof openLocalHost = openLocalHost,
): Promise<void> {
  const isView = process.stdout.isTTY === true && options.headless !== true && options.json !== true
  const listeners = new Set<(event: HostEvent) => void>()
  const early: HostEvent[] = []
  const plain = (event: HostEvent) => show(event, ui)
  const host = await openHost({
    directory: options.project,
    environment: options.env ?? (process.env.AL_ENV || undefined),
    runtime: options.runtime,
    port: options.port,
    expose: options.expose,
    webUi: options.webUi,
    runNow: options.runNow,
    schedules: true,
    onEvent(event) {
      // Until it is known where they are shown; afterwards the view may be gone and the host still leaving.
      if (listeners.size === 0) early.push(event)
      for (const listener of [...listeners]) listener(event)
    },
  })
  for (const text of host.plan.warnings) ui.emit({ kind: 'warning', text })
  if (options.expose === true) ui.emit({ kind: 'warning', text: exposed(host.url) })
  if (host.keyMade) ui.emit({ kind: 'note', text: `made a key for the gateway; it is in ${host.keyFile}` })

  const view = isView ? await openView(host, listeners) : undefined
  if (view === undefined) {
    listeners.add(plain)
    tellOnce(host, ui)
  }
  if (options.webUi === true) early.push(...(await dashboardLines(host, options.json !== true)))
  for (const event of early.splice(0)) for (const listener of listeners) listener(event)
  const signals = stopOnSignals(host, (text) => {
    const event: HostEvent = { time: Date.now(), kind: 'host', level: 'info', text }
    for (const listener of [...listeners]) listener(event)
  })
  view?.onStop(signals.interrupt)
  try {
    await host.ready.catch(async (error: unknown) => {
      // Told to stop before it was ready: that is what was asked for.
      if (host.stopping()) return
      await host.stop('now')
      throw error instanceof UserError
        ? error
        : new UserError(String((error as Error).message ?? error), exitCodes.failure)
    })
    await Promise.race([host.closed, view?.failed ?? host.closed])
  } finally {
    signals.close()
    view?.close()
    await host.stop('now')
  }
  ui.emit({ kind: 'note', text: 'stopped' })
}

const exposed = (url: string): string =>
  `--expose: the gateway listens on all addresses of this machine, port ${new URL(url).port}, without TLS; whoever reaches it can send webhooks and, with the key, control the project`

/** What a log begins with. */
function tellOnce({ url, plan, runtime }: OpenHost, ui: Ui): void {
  const active = plan.agents.filter(({ scale }) => scale > 0)
  const crons = active.filter(({ schedules }) => schedules.length > 0).length
  const say = (text: string) => show({ time: Date.now(), kind: 'host', level: 'info', text }, ui)
  say(
    `host started: project ${plan.project}, environment ${plan.environment}, runtime ${runtime}, agents ${active.length}, schedules ${crons}, webhooks ${plan.webhooks.length}`,
  )
  say(`gateway ${url}`)
  for (const { source } of plan.webhooks) say(`webhook ${url}/webhooks/${source}`)
}

/**
 * Where the web dashboard is. A link that opens it is for eyes only: what is written to a file or a pipe stays. Its line fits
 * into 80 columns, or the view would cut it off.
 */
async function dashboardLines({ url, loginLink }: OpenHost, isForPeople: boolean): Promise<HostEvent[]> {
  const say = (text: string): HostEvent => ({ time: Date.now(), kind: 'host', level: 'info', text })
  const lines = [say(`web dashboard ${url}/dashboard`)]
  if (process.stdout.isTTY === true && isForPeople) lines.push(say(`log in once: ${await loginLink()}`))
  return lines
}

function show(event: HostEvent, ui: Ui): void {
  const line = lineOf(event)
  if (line !== undefined) ui.emit({ kind: 'record', data: asData(event, line), lines: [styled(line)] })
}

const styles = { info: undefined, warn: 'yellow', error: 'red' } as const

function styled({ time, agent, level, text }: EventLine): StyledLine {
  const style = styles[level]
  return [
    { text: `[${new Date(time).toISOString()}] `, style: 'dim' },
    { text: agent === undefined ? '' : `${agent}: ` },
    { text, ...(style && { style }) },
  ]
}

/** A run as the gateway shows it: what the store keeps of it holds hashes of secrets. */
const asData = (event: HostEvent, line: EventLine): unknown => ({
  ...event,
  time: new Date(event.time).toISOString(),
  level: line.level,
  text: line.text,
  ...('run' in event && { agent: event.run.agent, run: publicRun(event.run) }),
})

/** The view on a terminal. It is loaded only where there is one. */
async function openView(host: OpenHost, listeners: Set<(event: HostEvent) => void>) {
  const [{ showDashboard }, { gatewayClient }] = await Promise.all([
    import('../ui/dashboard/dashboard.ts'),
    import('../gateway/gateway-client.ts'),
  ])
  const { url, key, plan, runtime, keyFile } = host
  const client = gatewayClient({ url, key, whenKeyIsWrong: wrongKey(url, keyFile), whenDown: 'the host has stopped' })
  const message = async (asked: Promise<{ readonly message: string }>) => (await asked).message
  let stop = () => {}
  const dashboard: Dashboard = showDashboard({
    title: { project: plan.project, environment: plan.environment, runtime },
    url,
    webhookUrls: plan.webhooks.map(({ source }) => `${url}/webhooks/${source}`),
    status: () => client.status(),
    events(listener) {
      const forward = (event: HostEvent) => {
        const shown = asShown(event)
        if (shown !== undefined) listener(shown)
      }
      listeners.add(forward)
      return () => listeners.delete(forward)
    },
    actions: {
      pauseAgent: (agent) => message(client.pauseAgent(agent)),
      resumeAgent: (agent) => message(client.resumeAgent(agent)),
      pauseAll: () => message(client.pause()),
      resumeAll: () => message(client.resume()),
      runAgent: async (agent) => `started ${await client.trigger(agent)}`,
      killRun: (run) => message(client.killRun(run)),
      stop: () => stop(),
    },
  })
  return {
    close: dashboard.close,
    /** Settles when the view has ended before the host has: it could not be drawn. */
    failed: dashboard.finished,
    onStop(interrupt: () => void) {
      stop = interrupt
    },
  }
}

function asShown(event: HostEvent): DashboardEvent | undefined {
  if (event.kind === 'image' || event.kind === 'stopping') return event
  const line = lineOf(event)
  return line === undefined ? undefined : { kind: 'line', ...line }
}
