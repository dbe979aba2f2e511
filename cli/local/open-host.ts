import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plan } from '../../core/plan/schema.ts'
import type { Runtime } from '../../core/plan/targets/local.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import { credentialStore, ensureGatewayKey, gatewayKey, secretsOf } from '../../functions/local/credential-store.ts'
import { type LocalHost, localHost } from '../../functions/local/host.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { AgentRuntime, RuntimeOptions } from './agent-runtime.ts'
import type { HostEvent, HostHappening } from './host-event.ts'
import { hostLogs } from './host-logs.ts'
import { agentSecrets, rulesOf } from './host-rules.ts'
import { hotReload } from './hot-reload.ts'
import { type LocalProject, readLocalProject } from './local-project.ts'
import { requireCredentials } from './missing-credentials.ts'
import { nextRun } from './next-run.ts'
import { projectId } from './project-id.ts'
import { lockProject, type ProjectLock } from './project-lock.ts'
import { type RunWatch, watchRuns } from './run-events.ts'

export interface OpenHostOptions {
  /** The project's directory. */
  readonly directory: string
  readonly environment?: string
  /** How agents run, whatever the project says. */
  readonly runtime?: Runtime
  /** The gateway's port, whatever the project says; 0: any that is free. */
  readonly port?: number
  /** Whether schedules fire, and changes of the project are followed. */
  readonly schedules: boolean
  /** Starts every agent that has a schedule once, when the host is ready. */
  readonly runNow?: boolean
  /** Serves the web dashboard. */
  readonly webUi?: boolean
  /** Listens on all addresses of this machine. */
  readonly expose?: boolean
  readonly onEvent?: (event: HostEvent) => void
  /** Opens the place where agents run. */
  readonly openRuntime?: (kind: Runtime, options: RuntimeOptions) => Promise<AgentRuntime>
}

export interface OpenHost {
  readonly url: string
  /** Opens the control routes. A secret. */
  readonly key: string
  /** Where the key lies, and whether this host has made it. */
  readonly keyFile: string
  readonly keyMade: boolean
  /** As it was at the beginning. */
  readonly plan: Plan
  readonly runtime: Runtime
  readonly plane: ControlPlane
  /** Makes a link that opens the web dashboard, once, within ten minutes. A secret. */
  loginLink(): Promise<string>
  /** Images are there and agents start. Rejects when that cannot be, or the host is told to stop before. */
  readonly ready: Promise<void>
  /** The answer of `GET /control/status`. */
  status(): Promise<unknown>
  /**
   * `drain`: starts nothing more, waits for what runs, `patience` milliseconds at most, kills what is left, and closes.
   * `now`: without waiting. What waits in a queue stays there. Resolves when the host is closed.
   */
  stop(how: 'drain' | 'now', patience?: number): Promise<void>
  /** It was told to stop, by whomever. */
  stopping(): boolean
  readonly closed: Promise<void>
}

/**
 * Makes this process the host of a project: gateway, schedules, launcher, logs. It listens at once, so that webhooks are
 * accepted and stored while the images are built, and starts agents when it is `ready`.
 *
 *   read → lock → credentials → runtime → listen ─▶ answer
 *                                            └────▶ images → find what runs → start what waits → schedules ─▶ ready
 *
 * Throws a UserError when something is missing that the user can see to.
 */
export async function openLocalHost(options: OpenHostOptions): Promise<OpenHost> {
  const directory = resolve(options.directory)
  const project = readLocalProject({ ...options, directory })
  const root = stateDirectory(directory)
  const lock = lockProject(root)
  try {
    return await open({ ...options, directory }, project, root, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

async function open(
  options: OpenHostOptions,
  project: LocalProject,
  root: string,
  lock: ProjectLock,
): Promise<OpenHost> {
  const { directory, onEvent = () => {} } = options
  const tell = (happening: HostHappening) => onEvent({ time: Date.now(), ...happening })
  let { plan } = project
  const credentials = credentialStore()
  await requireCredentials(plan, credentials)
  const key = await ensureGatewayKey(credentials)
  const logs = hostLogs(root, tell)
  const { log } = logs
  const state = join(root, 'environments', plan.environment)
  const runtime = await (options.openRuntime ?? openRuntime)(project.runtime, {
    directory,
    stateDirectory: join(state, 'runs'),
    project: { name: plan.project, id: projectId(directory, plan.environment) },
    secretsOf: (agent) => agentSecrets(plan, agent, credentials),
    onLine: logs.onLine,
    log,
  })

  const stopping = new AbortController()
  const startedAt = Date.now()
  let runs: RunWatch | undefined
  const prepare = (next: Plan) =>
    runtime.prepare(next, { onImage: (image) => tell({ kind: 'image', ...image }), signal: stopping.signal })
  const reload = hotReload({
    directory,
    current: project,
    read: () => readLocalProject(options),
    check: (next) => requireCredentials(next, credentials),
    prepare,
    apply(next) {
      plan = next
      host.reload(rulesOf(next))
    },
    tell: (level, text) => tell({ kind: 'host', level, text }),
  })
  const host: LocalHost = await localHost({
    ...rulesOf(plan),
    storeFile: join(state, 'state.sqlite'),
    hostname: options.expose === true ? '0.0.0.0' : '127.0.0.1',
    port: options.port ?? project.port,
    containerAddresses: runtime.containerAddresses,
    launcher: (site) => runtime.launcher(site),
    secrets: secretsOf(credentials),
    logs: logs.source,
    ...(options.webUi === true && { dashboard: await pageFiles() }),
    log,
    begin: 'later',
    schedules: options.schedules,
    initialRuns: options.runNow === true,
    // A host without schedules is there for one run of its own process.
    alone: !options.schedules,
    onWaiting: (waiting) => tell({ kind: 'stopping', waiting }),
    onLeaving: () => stopping.abort(new Error('the host was stopped')),
    async onClosing() {
      stopping.abort(new Error('the host was stopped'))
      await reload.close()
      await runs?.stop()
      logs.close()
    },
  }).catch(async (error: unknown) => {
    logs.close()
    await runtime.close?.()
    throw cannotListen(error)
  })
  const closed = host.closed.then(async () => {
    await runtime.close?.()
    lock.release()
  })
  try {
    lock.announce({ url: host.url, startedAt })
    runs = await watchRuns({
      plane: host.plane,
      onEvent: (event) =>
        tell(event.kind === 'ended' ? { ...event, next: nextRun(plan, event.run.agent, new Date()) } : event),
      onError: (error) => log('warn', 'the state of the runs could not be read', { error: String(error) }),
    })
  } catch (error) {
    await host.close()
    throw error
  }

  async function begin(): Promise<void> {
    const use = await prepare(plan)
    use()
    await host.begin()
    stopping.signal.throwIfAborted()
    if (options.schedules) reload.begin()
    tell({ kind: 'ready' })
  }
  const ready = begin()
  // Whoever waits for it is told; nobody has to.
  ready.catch(() => {})
  return {
    url: host.url,
    key: key.key,
    keyFile: credentials.pathOf(gatewayKey),
    keyMade: key.made,
    plan,
    runtime: project.runtime,
    plane: host.plane,
    // Behind the `#` it is sent to nobody: the page takes it from there.
    loginLink: async () => `${host.url}/login#${await host.plane.offerLogin()}`,
    ready,
    status: () => statusOf(host.url, key.key),
    async stop(how, patience) {
      await host.leave(how === 'now' ? 0 : patience)
      await closed
    },
    stopping: () => stopping.signal.aborted,
    closed,
  }
}

/** The page of the dashboard, made or read only where somebody wants it. */
async function pageFiles(): Promise<(name: string) => Promise<Uint8Array | undefined>> {
  const { bundle } = await import('../../infra/bundles.ts')
  const files = await bundle('web')
  return async (name) => files.get(name)
}

async function openRuntime(kind: Runtime, options: RuntimeOptions): Promise<AgentRuntime> {
  if (kind === 'docker') return await (await import('./docker-runtime.ts')).dockerRuntime(options)
  return await (await import('./process-runtime.ts')).processRuntime(options)
}

/** `.al` of a project: state, logs, and what tells other commands of the host. No part of its repository. */
function stateDirectory(directory: string): string {
  const root = join(directory, '.al')
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const ignore = join(root, '.gitignore')
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
  return root
}

/** A port in use is for the user to see to. */
function cannotListen(error: unknown): unknown {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined
  if (cause?.syscall !== 'listen') return error
  return new UserError(`${(error as Error).message} with --port, or gateway.port in config.toml`, exitCodes.failure)
}

async function statusOf(url: string, key: string): Promise<unknown> {
  const answer = await fetch(`${url}/control/status`, { headers: { authorization: `Bearer ${key}` } })
  if (!answer.ok) throw new Error(`the gateway answered ${answer.status}`)
  return await answer.json()
}
