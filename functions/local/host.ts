import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import type { AgentRule, Decisions } from '../../core/plan/decisions.ts'
import type { ContainerEnd } from '../../core/scheduler/container-ended.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import { sideBySide } from '../../core/scheduler/side-by-side.ts'
import { type Log, rulesOf } from '../../core/scheduler/world.ts'
import type { Tracer } from '../../core/telemetry/tracer.ts'
import { forContainers, gatewayApp } from '../gateway/app.ts'
import { readMessage } from '../gateway/body.ts'
import { redacting } from '../gateway/log.ts'
import type { GatewayOptions } from '../gateway/options.ts'
import { randomPool } from '../random-pool.ts'
import { sqliteStore } from '../stores/sqlite.ts'
import { controlTracer } from '../telemetry/control-tracer.ts'
import { tracedPlane } from '../telemetry/traced-plane.ts'
import { farewell } from './farewell.ts'
import { gate, type LocalLauncher } from './gate.ts'
import { type HostClock, systemClock } from './host-clock.ts'
import type { Listener } from './http-server.ts'
import { interrupted } from './interrupted.ts'
import { listen } from './listen.ts'
import type { Rounds } from './rounds.ts'
import { scheduleTimer } from './schedule-timer.ts'
import { reapTimer, sweepTimer } from './sweep-timer.ts'

/** What a host goes by. It can be exchanged while the host runs. */
export interface HostRules extends Pick<GatewayOptions, 'handout'> {
  readonly decisions: Decisions
}

export interface LocalHostOptions extends HostRules, Pick<GatewayOptions, 'secrets' | 'dashboard' | 'logs' | 'logsAt'> {
  /** The SQLite file that all state is in. One host opens it at a time. */
  readonly storeFile: string
  readonly launcher: (host: LauncherSite) => LocalLauncher
  /** The address to listen on, and a port; 0 means any that is free. */
  readonly hostname: string
  readonly port: number
  /** Addresses at which containers reach this machine: the same port is open there for their routes, and for no others. */
  readonly containerAddresses?: readonly string[]
  readonly log: Log
  /** `later`: accepts and stores what comes in, and starts nothing before `begin` is called. */
  readonly begin?: 'at once' | 'later'
  /** Whether schedules fire; by default they do. */
  readonly schedules?: boolean
  /** Starts every agent that has a schedule once, at the beginning. */
  readonly initialRuns?: boolean
  /** Nobody but this process watches its runs: when it leaves, no time is kept for others to learn how they ended. */
  readonly alone?: boolean
  /** Told how many runs are waited for while the host leaves, whenever their number changes. */
  readonly onWaiting?: (runs: number) => void
  /** Told when the host starts nothing more. */
  readonly onLeaving?: () => void
  /** Called last, while the store can still be read. Never throws. */
  readonly onClosing?: () => Promise<void>
  readonly clock?: HostClock
}

/** What a launcher on this machine needs of its host. */
export interface LauncherSite {
  /** Where the gateway listens, seen from this machine. */
  readonly gatewayUrl: string
  /** To be told when a container has ended; never throws. */
  readonly containerEnded: (end: ContainerEnd) => Promise<void>
}

export interface LocalHost {
  readonly url: string
  /** Goes by the rules of the moment in which a command is called. */
  readonly plane: ControlPlane
  /** Finds again what runs, starts what has waited, and from now on fires schedules. Once; later calls do nothing. */
  begin(): Promise<void>
  /** Goes by other rules from now on. Requests under way end by the old ones; nothing that runs or waits is touched. */
  reload(rules: HostRules): void
  /**
   * Starts nothing more, waits for what runs, `patience` milliseconds at most, kills what is left, and closes. Webhooks are
   * accepted and stored until then. Can be said again with less patience.
   */
  leave(patience?: number): Promise<void>
  /** Stops accepting, finishes what is under way, stops the timers, closes the store. Containers go on. */
  close(): Promise<void>
  /** Resolves when the host has been closed, by whomever: the gateway can be asked to stop it. */
  readonly closed: Promise<void>
}

/** Milliseconds that runs have to end when the gateway is asked to stop the host. */
export const stopPatience = 30_000
/** Milliseconds until traces are sent on, those of a burst together. */
const tracesAfter = 1000

/**
 * The whole control plane as one process: the gateway over HTTP, schedules and sweeps by its own timers, state in SQLite.
 * The agents run elsewhere, started by the launcher. Throws when the port or the file cannot be had.
 */
export async function localHost(options: LocalHostOptions): Promise<LocalHost> {
  const { clock = systemClock } = options
  const log = redacting(options.log)
  const store = sqliteStore({ file: options.storeFile, now: () => clock.now() })
  const [server, ...further] = await listen(options).catch(async (error) => {
    await store.close()
    throw error
  })
  const random = randomPool()
  const startedAt = clock.now()
  // The launcher tells of ends, which need the plane, which needs the launcher.
  let lastEnd = Number.NEGATIVE_INFINITY
  const containerEnded = async (end: ContainerEnd) => {
    lastEnd = clock.monotonic()
    try {
      await plane.containerEnded(end)
    } catch (error) {
      log('error', "a container's end was not recorded; the sweep finds it", { ...end, error: String(error) })
    }
  }
  const launcher = options.launcher({ gatewayUrl: server.url, containerEnded })
  const starts = gate(launcher, containerEnded)
  const planeOf = ({ decisions }: HostRules, tracer: Tracer | undefined) =>
    tracedPlane({ store, launcher: starts.launcher, rules: rulesOf(decisions), clock, random, log }, tracer)
  const gatewayOf = ({ decisions, handout }: HostRules): GatewayOptions => ({
    plane,
    decisions,
    handout,
    clock,
    random,
    log,
    secrets: options.secrets,
    addressOf: (c) => getConnInfo(c).remote.address,
    readBody: (c: Context<{ Bindings: HttpBindings }>, limit) => readMessage(c.env.incoming, limit),
    stop: () => leave(stopPatience),
    startedAt,
    url: server.url,
    ...(options.dashboard && { dashboard: options.dashboard }),
    ...(options.logs && { logs: options.logs }),
    ...(options.logsAt && { logsAt: options.logsAt }),
  })
  const madeOf = (rules: HostRules) => {
    const tracer = controlTracer(rules.decisions, { clock, random, log }, options.secrets, tracesAfter)
    return {
      agents: rules.decisions.agents,
      tracer,
      plane: planeOf(rules, tracer),
      everybody: getRequestListener(gatewayApp(gatewayOf(rules)).fetch) as Listener,
      containers: getRequestListener(gatewayApp(gatewayOf(rules), forContainers).fetch) as Listener,
    }
  }

  const unasked = (error: unknown) => {
    log('warn', 'what an earlier host began was not looked for; the sweep finds it', { error: String(error) })
    return []
  }
  const unswept = (error: unknown) => log('error', 'what waits was not looked at', { error: String(error) })
  let timers: Rounds[] = []
  let schedules: Rounds | undefined
  let begun: Promise<void> | undefined
  let leaving = false
  let closing: Promise<void> | undefined
  const closed = Promise.withResolvers<void>()
  const plane = latest(() => current.plane)
  let current = madeOf(options)
  const inner = new Set(options.containerAddresses)
  const answer: Listener = (message, response) => {
    const isInner = inner.has(message.socket.localAddress?.replace(/^::ffff:/, '') ?? '')
    return (isInner ? current.containers : current.everybody)(message, response)
  }
  for (const one of [server, ...further]) one.serve(answer)

  async function goOn(): Promise<void> {
    await launcher.adopt?.()
    if (leaving) return
    const early = options.begin === 'later' ? await interrupted(plane, launcher).catch(unasked) : []
    await starts.open()
    await Promise.all(early.map(containerEnded))
    if (leaving) return
    if (options.schedules !== false) schedules = scheduleTimer(clock, log, () => current.agents, plane)
    timers = [sweepTimer(clock, log, plane), reapTimer(clock, log, plane)]
    if (options.initialRuns === true) await startAll(plane, log, current.agents)
  }

  async function shutDown(): Promise<void> {
    leaving = true
    await Promise.all([server, ...further].map((one) => one.close()))
    // Whoever began it is told why it failed.
    await begun?.catch(() => {})
    await Promise.all([schedules, ...timers].map((timer) => timer?.stop()))
    await launcher.close?.()
    await options.onClosing?.()
    await current.tracer?.flush()
    await store.close()
  }
  function begin(): Promise<void> {
    begun ??= goOn()
    return begun
  }
  function close(): Promise<void> {
    closing ??= shutDown().finally(closed.resolve)
    return closing
  }
  const { leave } = farewell({
    plane,
    clock,
    log,
    startNothing() {
      leaving = true
      starts.shut('the host is about to stop')
      void schedules?.stop()
      options.onLeaving?.()
    },
    isAtRest: starts.isWaiting,
    cleared: async () => launcher.cleared?.(),
    lastEnd: () => (options.alone === true ? Number.NEGATIVE_INFINITY : lastEnd),
    close,
    ...(options.onWaiting && { onWaiting: options.onWaiting }),
  })

  if (options.begin === 'later') starts.shut('the host is still starting')
  else begin().catch((error: unknown) => log('error', 'the host could not begin', { error: String(error) }))
  return {
    url: server.url,
    plane,
    begin,
    reload(rules) {
      current = madeOf(rules)
      // There may be room now for what waits.
      if (timers.length > 0) plane.sweep({ trusted: false }).catch(unswept)
    },
    leave,
    close,
    closed: closed.promise,
  }
}

/** A plane whose commands are those of the plane there is when they are called. */
function latest(plane: () => ControlPlane): ControlPlane {
  return new Proxy({} as ControlPlane, { get: (_, name: keyof ControlPlane) => plane()[name] })
}

/** One that is running already, or paused, is left as it is. */
async function startAll(plane: ControlPlane, log: Log, agents: readonly AgentRule[]): Promise<void> {
  const scheduled = agents.filter(({ schedule, scale }) => schedule !== undefined && scale > 0)
  await sideBySide(scheduled, async ({ name: agent }) => {
    try {
      const answer = await plane.trigger({ agent, trigger: { kind: 'initial' }, whenBusy: 'refuse' })
      log('info', 'initial run', { agent, ...answer })
    } catch (error) {
      log('error', 'initial run failed', { agent, error: String(error) })
    }
  })
}
