import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import type { AgentRule, Decisions } from '../../core/plan/decisions.ts'
import type { ContainerEnd } from '../../core/scheduler/container-ended.ts'
import { type ControlPlane, controlPlane } from '../../core/scheduler/control-plane.ts'
import type { Launcher } from '../../core/scheduler/launcher.ts'
import { sideBySide } from '../../core/scheduler/side-by-side.ts'
import { type Log, rulesOf } from '../../core/scheduler/world.ts'
import { gatewayApp } from '../gateway/app.ts'
import { readMessage } from '../gateway/body.ts'
import { redacting } from '../gateway/log.ts'
import type { GatewayOptions } from '../gateway/options.ts'
import { randomPool } from '../random-pool.ts'
import { sqliteStore } from '../stores/sqlite.ts'
import { type HostClock, systemClock } from './host-clock.ts'
import { httpServer } from './http-server.ts'
import { scheduleTimer } from './schedule-timer.ts'
import { reapTimer, sweepTimer } from './sweep-timer.ts'

export interface LocalHostOptions extends Pick<GatewayOptions, 'handout' | 'secrets' | 'logs' | 'logsAt'> {
  readonly decisions: Decisions
  /** The SQLite file that all state is in. One host opens it at a time. */
  readonly storeFile: string
  readonly launcher: (host: LauncherSite) => Launcher
  /** The address to listen on, and a port; 0 means any that is free. */
  readonly hostname: string
  readonly port: number
  readonly log: Log
  /** Starts every agent that has a schedule once, at the beginning. */
  readonly initialRuns?: boolean
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
  readonly plane: ControlPlane
  /** Stops accepting, finishes what is under way, stops the timers, closes the store. */
  close(): Promise<void>
  /** Resolves when the host has been closed, by whomever: the gateway can be asked to stop it. */
  readonly closed: Promise<void>
}

/**
 * The whole control plane as one process: the gateway over HTTP, schedules and sweeps by its own timers, state in SQLite.
 * The agents run elsewhere, started by the launcher. Throws when the port or the file cannot be had.
 */
export async function localHost(options: LocalHostOptions): Promise<LocalHost> {
  const { decisions, clock = systemClock } = options
  const log = redacting(options.log)
  const store = sqliteStore({ file: options.storeFile, now: () => clock.now() })
  const server = await httpServer(options).catch(async (error) => {
    await store.close()
    throw error
  })
  const random = randomPool()
  // The launcher tells of ends, which need the plane, which needs the launcher.
  const containerEnded = async (end: ContainerEnd) => {
    try {
      await plane.containerEnded(end)
    } catch (error) {
      log('error', "a container's end was not recorded; the sweep finds it", { ...end, error: String(error) })
    }
  }
  const launcher = options.launcher({ gatewayUrl: server.url, containerEnded })
  const plane = controlPlane({ store, launcher, rules: rulesOf(decisions), clock, random, log })

  let closing: Promise<void> | undefined
  const closed = Promise.withResolvers<void>()
  const app = gatewayApp({
    plane,
    decisions,
    clock,
    random,
    log,
    handout: options.handout,
    secrets: options.secrets,
    addressOf: (c) => getConnInfo(c).remote.address,
    readBody: (c: Context<{ Bindings: HttpBindings }>, limit) => readMessage(c.env.incoming, limit),
    stop: () => close(),
    startedAt: clock.now(),
    url: server.url,
    ...(options.logs && { logs: options.logs }),
    ...(options.logsAt && { logsAt: options.logsAt }),
  })
  server.serve(getRequestListener(app.fetch))
  const started = options.initialRuns === true ? startAll(plane, log, decisions.agents) : Promise.resolve()
  const timers = [
    scheduleTimer(clock, log, decisions.agents, plane),
    sweepTimer(clock, log, plane),
    reapTimer(clock, log, plane),
  ]

  async function shutDown(): Promise<void> {
    await Promise.all([server.close(), started, ...timers.map((timer) => timer.stop())])
    await store.close()
  }
  function close(): Promise<void> {
    closing ??= shutDown().finally(closed.resolve)
    return closing
  }
  return { url: server.url, plane, close, closed: closed.promise }
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
