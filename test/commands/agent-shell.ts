import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { buildBundle } from '../../build/bundles.ts'
import { commandNames, commandScript } from '../../core/image/commands.ts'
import type { AgentRule, Handout } from '../../core/plan/decisions.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { hashOf, parseRunId, type Run } from '../../core/scheduler/run.ts'
import { type LocalHostOptions, localHost } from '../../functions/local/host.ts'
import { systemClock } from '../../functions/local/host-clock.ts'
import { decisionsOf } from '../local/machine.ts'
import { root } from '../support/synth-project.ts'

/** The shells of the images people build agents on: Debian's, Alpine's, and the one models like to type. */
export const shells: Readonly<Record<string, readonly string[]>> = {
  sh: ['sh'],
  dash: ['dash'],
  // Its standard input is a socket here, which it takes for a remote login.
  bash: ['bash', '--norc'],
  'busybox sh': ['busybox', 'sh'],
}

/** Where a program lies on this machine: the agent's own PATH is a short one. */
const pathOf = (program: string): string =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find((file) => existsSync(file)) ?? program

export const isInstalled = ([program = '']: readonly string[]): boolean =>
  spawnSync(program, ['-c', ':']).error === undefined

/** The commands as they lie in an image, `/app` being a directory of ours. */
export async function installCommands() {
  const app = mkdtempSync(join(tmpdir(), 'al-commands-'))
  mkdirSync(join(app, 'bin'))
  for (const [name, bytes] of await buildBundle('docker/commands', root)) writeFileSync(join(app, name), bytes)
  for (const name of commandNames) writeFileSync(join(app, 'bin', name), commandScript(name), { mode: 0o755 })
  return { app, remove: () => rmSync(app, { recursive: true }) }
}

export interface Typed {
  readonly shell?: readonly string[]
  /** Positional parameters of the script: `$1` and on. */
  readonly args?: readonly string[]
  readonly stdin?: string | Uint8Array
  readonly environment?: Readonly<Record<string, string>>
}

export interface Result {
  readonly code: number | null
  readonly text: string
  readonly stderr: string
  /** What was printed, which is one line of JSON always. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the test looks for in it
  readonly json: any
  readonly ms: number
}

/** The shell of one agent's tools. What every command is held to is checked here: one line of JSON, no secret, no noise. */
export function agentShell(app: string, gateway: { readonly url?: string; readonly secret?: string }) {
  const signals = mkdtempSync(join(app, 'signals-'))
  const own = {
    PATH: [join(app, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
    AL_SIGNAL_DIR: signals,
    ...(gateway.url && { GATEWAY_URL: gateway.url }),
    ...(gateway.secret && { SHUTDOWN_SECRET: gateway.secret }),
  }
  const type = async (script: string, typed: Typed = {}): Promise<Result> => {
    const [program = 'sh', ...options] = typed.shell ?? ['sh']
    const began = performance.now()
    const child = spawn(pathOf(program), [...options, '-c', script, 'sh', ...(typed.args ?? [])], {
      env: { ...own, ...typed.environment },
    })
    let text = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk))
    // A command that refuses does not read to the end.
    child.stdin.on('error', () => {})
    child.stdin.end(typed.stdin ?? '')
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    const ms = performance.now() - began
    if (gateway.secret) expect(text + stderr).not.toContain(gateway.secret.split('.')[1])
    expect(stderr).toBe('')
    expect(text).toMatch(/^[^\n]+\n$/)
    return { code, text, stderr, json: JSON.parse(text), ms }
  }
  const signal = (name: string): string | undefined =>
    readdirSync(signals).includes(name) ? readFileSync(join(signals, name), 'utf8') : undefined
  return {
    type,
    signals,
    signal,
    written: () => readdirSync(signals).sort(),
  }
}

/** A real gateway on loopback, whose launcher starts nothing: the runs are claimed by the test. Its clock can be moved. */
async function realGateway(agents: readonly AgentRule[], more: Partial<LocalHostOptions['decisions']> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'al-gateway-'))
  const launched: LaunchOrder[] = []
  let ahead = 0
  const host = await localHost({
    decisions: { ...decisionsOf(agents), ...more },
    storeFile: join(directory, 'state.sqlite'),
    hostname: '127.0.0.1',
    port: 0,
    log: () => {},
    clock: { ...systemClock, now: () => Date.now() + ahead },
    handout: async (name) => ({ name, params: {} }) as unknown as Handout,
    secrets: { read: async () => undefined, refresh: async () => undefined },
    launcher: () => ({
      async launch(order) {
        launched.push(order)
        return { kind: 'started' }
      },
      async stop() {},
      async *running() {},
    }),
  })
  const post = async (path: string, secret: string, body: unknown) => {
    const response = await fetch(host.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    // biome-ignore lint/suspicious/noExplicitAny: whatever the test looks for in it
    const answer: any = await response.json()
    expect(response.status, JSON.stringify(answer)).toBe(200)
    return answer
  }
  /** Claims a run as its container would; answers the secret of the session, and what the claim answered. */
  const claim = async (run: string) => {
    const order = launched.findLast((one) => one.run === run)
    if (order === undefined) throw new Error(`${run} was not launched`)
    const secret = `${run}.${randomBytes(32).toString('base64url')}`
    const answer = await post('/runs/claim', `${run}.${order.ticket}`, { session: hashOf(secret) })
    return { run, secret, answer, finish: (body: unknown) => post('/runs/finish', secret, body) }
  }
  return {
    url: host.url,
    launched,
    /** What the store has of a run. */
    async record(id: string): Promise<Run | undefined> {
      const ref = parseRunId(id)
      return ref && (await host.plane.readRun(ref))
    },
    claim,
    /** Starts a run by hand and claims it. */
    async start(name: string) {
      const triggered = await host.plane.trigger({ agent: name, trigger: { kind: 'manual' }, whenBusy: 'refuse' })
      if (triggered.kind !== 'started') throw new Error(`${name} did not start: ${JSON.stringify(triggered)}`)
      return await claim(triggered.run)
    },
    advance: (ms: number) => {
      ahead += ms
    },
    async close() {
      await host.close()
      rmSync(directory, { recursive: true })
    },
  }
}

/**
 * The commands and a gateway for all tests of a file. `open` begins a run and answers its shell; `shell` is one without a
 * run of this gateway.
 */
export function commandsAndGateway(rules: readonly AgentRule[]) {
  let commands: Awaited<ReturnType<typeof installCommands>>
  let gateway: Awaited<ReturnType<typeof realGateway>>
  beforeAll(async () => {
    commands = await installCommands()
    gateway = await realGateway(rules)
  })
  afterAll(async () => {
    commands.remove()
    await gateway.close()
  })
  const shell = (place: Parameters<typeof agentShell>[1]) => agentShell(commands.app, place)
  return {
    gateway: () => gateway,
    shell,
    async open(name = 'dev', from = gateway) {
      const run = await from.start(name)
      return { ...run, ...shell({ url: from.url, secret: run.secret }) }
    },
  }
}
