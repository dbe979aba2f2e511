import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cachedBundle } from '../../build/cached-bundle.ts'
import { commandNames, commandScript } from '../../core/image/commands.ts'
import type { Decisions, Handout } from '../../core/plan/decisions.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { loadPayload } from '../../core/scheduler/payload.ts'
import { parseRunId, type Run } from '../../core/scheduler/run.ts'
import { asEnvironment } from '../../core/scheduler/start-message.ts'
import { localHost } from '../../functions/local/host.ts'
import { sqliteStore } from '../../functions/stores/sqlite.ts'
import { agent, decisionsOf } from '../local/machine.ts'

const root = join(import.meta.dirname, '..', '..')

export interface InstalledAgent extends Disposable {
  readonly app: string
}

/** What an agent's image has in `/app`, in a directory of ours. */
export async function installAgent(): Promise<InstalledAgent> {
  const app = mkdtempSync(join(tmpdir(), 'al-app-'))
  for (const name of ['docker/agent', 'docker/commands'] as const) {
    for (const [file, bytes] of await cachedBundle(name, root)) {
      mkdirSync(dirname(join(app, file)), { recursive: true })
      writeFileSync(join(app, file), bytes)
    }
  }
  mkdirSync(join(app, 'bin'))
  for (const name of commandNames) writeFileSync(join(app, 'bin', name), commandScript(name), { mode: 0o755 })
  return { app, [Symbol.dispose]: () => rmSync(app, { recursive: true }) }
}

/** Waits until it is there. A test that hangs here has found that it never comes. */
export async function eventually<Found>(look: () => Found | undefined | Promise<Found | undefined>): Promise<Found> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(20)
  }
}

/** A container of the tests: a process with directories of its own. */
export interface Container {
  readonly child: ChildProcess
  readonly work: string
  /** Everything it has printed so far, on both streams. */
  readonly output: () => string
  /** Its log lines so far. */
  readonly logged: () => { readonly level: string; readonly msg: string; readonly [field: string]: unknown }[]
  /** Its exit code, when it has ended; a signal's name if that ended it. */
  readonly ended: Promise<number | string>
}

export interface Environment {
  readonly [name: string]: string
}

export function startContainer(app: string, environment: Environment, credentials: Environment = {}): Container {
  const home = mkdtempSync(join(tmpdir(), 'al-container-'))
  const work = join(home, 'work')
  for (const [path, value] of Object.entries(credentials)) {
    mkdirSync(dirname(join(home, 'credentials', path)), { recursive: true })
    writeFileSync(join(home, 'credentials', path), `${value}\n`)
  }
  const child = spawn(process.execPath, [join(app, 'entry.mjs')], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      AL_WORK_DIR: work,
      // Named, it is the one place that is looked at.
      ...(Object.keys(credentials).length > 0 && { AL_CREDENTIALS_DIR: join(home, 'credentials') }),
      ...environment,
    },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  const ended = new Promise<number | string>((resolve) => {
    child.on('exit', (code, signal) => {
      rmSync(home, { recursive: true, force: true })
      resolve(code ?? signal ?? 'unknown')
    })
  })
  const logged = () =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{') && line.includes('"_log":true'))
      .map((line) => JSON.parse(line))
  return { child, work, output: () => text, logged, ended }
}

export interface AgentHostOptions {
  readonly app: string
  readonly config?: Partial<Handout>
  readonly environment?: Environment
  /** What the host goes by beyond its two agents, `dev` and `helper`. */
  readonly decisions?: Partial<Decisions>
  /** What the gateway reads, by id. */
  readonly secrets?: Environment
  /** By `<type>/<instance>/<field>`. */
  readonly credentials?: Environment
  /** The way containers take to the gateway. */
  readonly through?: (gatewayUrl: string) => Promise<string>
  /** Called instead of starting a container. */
  readonly launch?: (order: LaunchOrder, gatewayUrl: string) => void
}

const script: Partial<Handout> = { testScript: 'true' }

/** A local host whose containers are the real agent, as processes that are stopped the way Docker stops them. */
export async function agentHost(options: AgentHostOptions) {
  const { app, config = script, environment, credentials, through, launch, decisions, secrets = {} } = options
  const directory = mkdtempSync(join(tmpdir(), 'al-agent-host-'))
  const storeFile = join(directory, 'state.sqlite')
  const containers: Container[] = []
  const timeoutSeconds = config.timeoutSeconds ?? 60
  const handout: Handout = {
    name: 'dev',
    timeoutSeconds,
    model: { provider: 'anthropic', model: 'scripted/default' },
    params: {},
    preflight: [],
    secrets: [],
    instructions: 'Do the work.',
    ...config,
  }
  const rules = ['dev', 'helper'].map((name) =>
    agent(name, {
      compute: 'process',
      timeoutSeconds,
      limitSeconds: 120,
      triggers: name === 'dev' ? [{ source: 'test', filters: {} }] : [],
    }),
  )
  const host = await localHost({
    decisions: { ...decisionsOf(rules), ...decisions },
    storeFile,
    hostname: '127.0.0.1',
    port: 0,
    log: () => {},
    handout: async (name) => ({ ...handout, name }),
    secrets: { read: async (id) => secrets[id], refresh: async (id) => secrets[id] },
    launcher: ({ gatewayUrl, containerEnded }) => {
      const running = new Map<string, Container>()
      return {
        async launch(order) {
          if (launch !== undefined) {
            launch(order, gatewayUrl)
            return { kind: 'started' }
          }
          const gateway = (await through?.(gatewayUrl)) ?? gatewayUrl
          const id = `c-${order.suffix}-${order.attempt}`
          const container = startContainer(
            app,
            { AL_CONTAINER: id, AL_TEST_SCRIPT: '1', ...asEnvironment({ ...order, gateway }), ...environment },
            credentials,
          )
          containers.push(container)
          running.set(order.suffix, container)
          void container.ended.then((code) => {
            const { suffix, attempt } = order
            const end = typeof code === 'number' ? { code } : { reason: `ended by ${code}` }
            return containerEnded({ agent: order.agent.name, suffix, attempt, container: id, ...end })
          })
          return { kind: 'started' }
        },
        async stop({ suffix }) {
          const child = running.get(suffix)?.child
          if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
          child.kill('SIGTERM')
          setTimeout(() => child.kill('SIGKILL'), 3000).unref()
        },
      }
    },
  })
  const read = async (id: string): Promise<Run | undefined> => {
    const ref = parseRunId(id)
    return ref && (await host.plane.readRun(ref))
  }
  return {
    host,
    containers,
    /** Starts a run by hand. Answers its id. */
    async trigger(name = 'dev'): Promise<string> {
      const answer = await host.plane.trigger({ agent: name, trigger: { kind: 'manual' }, whenBusy: 'refuse' })
      if (!('run' in answer) || typeof answer.run !== 'string') throw new Error(`not started: ${answer.kind}`)
      return answer.run
    },
    read,
    done: (id: string) =>
      eventually(async () => {
        const run = await read(id)
        return run?.state === 'done' ? run : undefined
      }),
    /** What a run has returned. */
    async resultOf({ result }: Run): Promise<string | undefined> {
      if (result === undefined || 'text' in result) return result?.text
      const store = sqliteStore({ file: storeFile, now: Date.now })
      try {
        return await loadPayload({ store } as Parameters<typeof loadPayload>[0], result)
      } finally {
        await store.close()
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { child } of containers) child.kill('SIGKILL')
      await Promise.all(containers.map(({ ended }) => ended))
      await host.close()
      rmSync(directory, { recursive: true })
    },
  }
}
