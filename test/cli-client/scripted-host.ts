import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { decisionsOf, handoutOf } from '../../core/plan/decisions.ts'
import { agentToml, modelToml } from '../../core/project/testing/project-in-memory.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { hashOf } from '../../core/scheduler/run.ts'
import { type LocalHost, localHost } from '../../functions/local/host.ts'
import { fileLogs } from '../../functions/local/logs/read-logs.ts'
import { logWriter } from '../../functions/local/logs/write-logs.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { tempDirectory, tempProject } from '../support/temp-project.ts'

/** What the agents of these tests do, spoken over HTTP as a container does. */
export interface Container {
  readonly run: string
  readonly input: unknown
  log(msg: string, fields?: Readonly<Record<string, unknown>>, level?: number): void
  post(
    path: string,
    body: unknown,
  ): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>
  finish(body: Readonly<Record<string, unknown>>): Promise<void>
  /** Resolves when the run is told to stop. */
  readonly stopped: Promise<void>
}

export type Script = (container: Container) => Promise<void>

export const usage = {
  inputTokens: 1000,
  outputTokens: 234,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  totalTokens: 1234,
  cost: 0.0421,
  turnCount: 3,
}

export const projectToml = `${modelToml}[webhooks.acme]\ntype = "github"\ncredential = "acme"\n`

/** Two agents, one with a schedule, one with webhooks alone. */
export const twoAgents = {
  'config.toml': projectToml,
  'agents/dev/agent-config.toml': agentToml,
  'agents/dev/ACTIONS.md': '# Dev\n',
  'agents/review/agent-config.toml': '[[webhooks]]\nsource = "acme"\nevents = ["issues"]\nactions = ["opened"]\n',
  'agents/review/ACTIONS.md': '# Review\n',
}

/** A project, and the key of its gateway in a store of this test's own. */
export function project(files: Readonly<Record<string, string>> = twoAgents) {
  const directory = tempProject(files)
  const credentials = tempDirectory()
  const key = randomBytes(32).toString('base64url')
  mkdirSync(join(credentials, 'gateway_api_key/default'), { recursive: true })
  writeFileSync(join(credentials, 'gateway_api_key/default/key'), `${key}\n`)
  mkdirSync(join(directory, '.al'))
  const announce = (url: string, pid = process.pid) =>
    writeFileSync(join(directory, '.al/host.json'), JSON.stringify({ url, pid, startedAt: Date.now() }))
  const al = (args: readonly string[], options: AlOptions = {}) =>
    startAl(args, { cwd: directory, ...options, env: { AL_CREDENTIALS_HOME: credentials, ...options.env } })
  return { directory, credentials, key, announce, al, ended: (...args: string[]) => al(args).ended }
}

/** A real host for the project, whose containers play a script each. */
export async function scriptedHost(
  scripts: Readonly<Record<string, Script>>,
  files?: Readonly<Record<string, string>>,
) {
  const made = project(files)
  const compiled = compileProject(projectFiles(made.directory), { provider: 'local' })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  const { plan } = compiled
  const root = join(made.directory, '.al/logs')
  const writer = logWriter({
    root,
    now: Date.now,
    onFailure: (error) => {
      throw error
    },
  })
  const stops = new Map<string, () => void>()
  const playing = new Set<Promise<void>>()

  async function play({ run, ticket, agent }: LaunchOrder): Promise<void> {
    const secret = `${run}.${randomBytes(32).toString('base64url')}`
    const send = async (path: string, bearer: string, body: unknown) => {
      const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
      const response = await fetch(`${host.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
    const claim = await send('/runs/claim', `${run}.${ticket}`, { session: hashOf(secret) })
    if (claim.status !== 200) return
    const log: Container['log'] = (msg, fields = {}, level = 30) =>
      writer.write(agent.name, { level, time: Date.now(), msg, instance: run, ...fields })
    const post = (path: string, body: unknown) => send(path, secret, body)
    const stopped = new Promise<void>((resolve) => stops.set(run, resolve))
    log('container starting', { agentName: agent.name })
    const finish = async (body: unknown) => void (await post('/runs/finish', body))
    await scripts[agent.name]?.({ run, input: claim.body.input, log, post, finish, stopped })
  }

  const host: LocalHost = await localHost({
    decisions: decisionsOf(plan),
    storeFile: join(made.directory, '.al/state.sqlite'),
    hostname: '127.0.0.1',
    port: 0,
    log: (level, msg, fields) =>
      writer.write(undefined, { level: level === 'debug' ? 20 : 30, time: Date.now(), msg, ...fields }),
    handout: async (name) => {
      const agent = plan.agents.find((one) => one.name === name)
      return agent && handoutOf(agent, plan)
    },
    secrets: { read: async () => made.key, refresh: async () => made.key },
    logs: fileLogs(root),
    launcher: () => ({
      async launch(order) {
        // A container of its own: nobody waits for it.
        const played = play(order).finally(() => playing.delete(played))
        playing.add(played)
        return { kind: 'started' }
      },
      async stop({ run }) {
        stops.get(run)?.()
      },
    }),
  })
  onTestFinished(async () => {
    for (const stop of stops.values()) stop()
    await Promise.all(playing)
    await host.close()
  })
  made.announce(host.url)
  return { ...made, host, writer }
}

export interface AlOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const main = resolve(import.meta.dirname, '../../cli/main.ts')

/** Starts `al` in a process of its own, so that this one can go on being its host. */
export function startAl(args: readonly string[], { cwd, env, stdin = '' }: AlOptions) {
  const { AL_ENV: _, DEBUG: __, NO_COLOR: ___, FORCE_COLOR: ____, ...inherited } = process.env
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...inherited, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.end(stdin)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  return {
    ended,
    signal: (name: NodeJS.Signals) => child.kill(name),
    /** Resolves once the text has been printed, on either stream; throws if `al` ends without it. */
    async printed(text: string): Promise<void> {
      const over = ended.then(() => true)
      while (!(stdout + stderr).includes(text)) {
        const data = new Promise<false>((resolve) => {
          for (const stream of [child.stdout, child.stderr]) stream.once('data', () => resolve(false))
        })
        if (await Promise.race([over, data])) {
          if ((stdout + stderr).includes(text)) return
          throw new Error(`al ended without ${JSON.stringify(text)}:\n${stdout}\n${stderr}`)
        }
      }
    },
  }
}
