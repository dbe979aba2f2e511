import { fork } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { build } from 'esbuild'
import { decisionsOf, handoutOf } from '../../../core/plan/decisions.ts'
import type { ContainerEnd } from '../../../core/scheduler/container-ended.ts'
import type { LaunchOrder, StopTarget } from '../../../core/scheduler/launcher.ts'
import { parseRunId } from '../../../core/scheduler/run.ts'
import { sqliteStore } from '../../../functions/stores/sqlite.ts'
import { planOf } from '../../launchers/aws-project.ts'
import { closeServer, listenOnLoopback } from '../../support/loopback.ts'
import { scratchDirectory } from '../../support/synth-project.ts'
import { HostProcess } from '../host-process.ts'
import type { LocalSettings, Told } from '../programs/local.ts'
import type { Stage } from '../stage.ts'
import { startWire } from '../wire.ts'
import type { Container, Host, HostKind, Launched } from './host.ts'

/** One file, so that a host that was killed is soon there again. */
async function builtProgram(directory: string): Promise<string> {
  const outfile = join(directory, 'local.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, '../programs/local.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
  })
  return outfile
}

/** The process of `al start`, with its state in a file, and a machine on loopback that starts containers. */
export const local: HostKind = {
  name: 'a machine',
  betweenKills: [12, 50],
  plan: (files) => planOf(files, 'local'),
  async open(plan, stage, onLaunch): Promise<Host> {
    const directory = scratchDirectory()
    const storeFile = join(directory, 'state.sqlite')
    const machine = await startMachine(onLaunch)
    const wire = await startWire({
      lineOf: ({ url = '' }) => ({ action: url, to: machine.url }),
      fateOf: (action) => stage.fateOf(action === '/launch'),
      die: () => running.kill(),
      served: () => {},
      turnAway,
    })
    const secretFor = (why: 'webhook' | 'control') => {
      const value = randomBytes(32).toString('base64url')
      for (const { id } of plan.gateway.secrets.filter((one) => one.why === why)) secrets[id] = value
      return value
    }
    const secrets: Record<string, string> = {}
    const [webhookSecret, gatewayKey] = [secretFor('webhook'), secretFor('control')]
    const settings: LocalSettings = {
      clock: stage.clock.path,
      storeFile,
      decisions: decisionsOf(plan),
      handouts: Object.fromEntries(plan.agents.map((agent) => [agent.name, handoutOf(agent, plan)])),
      secrets,
      machine: wire.url,
    }
    const settingsFile = join(directory, 'settings.json')
    writeFileSync(settingsFile, JSON.stringify(settings))
    const program = await builtProgram(directory)
    const begin = () =>
      fork(program, [settingsFile], {
        env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(directory, 'compiled') },
        execArgv: [],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      })
    // One at a time opens the file.
    const running = new HostProcess(begin, { standby: false })
    const tell = (told: Told) =>
      stage.invoke(async () => (await mayDie(stage, running, () => running.tell(told))) === true)

    return {
      plan,
      webhookSecret,
      gatewayKey,
      processes: [running],
      store: sqliteStore({ file: storeFile, now: () => stage.clock.now() }),
      send: ({ method = 'POST', path, headers, body }) =>
        stage.invoke(async () => {
          const init = {
            method,
            headers: { 'content-type': 'application/json', ...headers },
            ...(method === 'POST' && { body: body ?? '' }),
          }
          const answered = await mayDie(stage, running, () => running.fetch(path, init))
          return answered && { statusCode: answered.status, body: answered.text }
        }),
      sweep: () => tell({ kind: 'time' }),
      tick: (agent, at) => tell({ kind: 'tick', agent, at }),
      async ended({ name }, code) {
        const end = machine.endOf(name, code)
        return end === undefined || (await tell({ kind: 'ended', end }))
      },
      async everythingStored() {
        const database = new DatabaseSync(storeFile, { readOnly: true })
        const rows = database.prepare('select * from items').all()
        database.close()
        return { items: rows.map(({ data }) => String(data)).join('\n') }
      },
      async close() {
        await running.close()
        await wire.close()
        await machine.close()
      },
    }
  },
}

/** The store is a file, so what can be seen of this host are its requests: it dies under one, or before its answer leaves. */
async function mayDie<Answer>(stage: Stage, running: HostProcess, ask: () => Promise<Answer>) {
  const fate = stage.fateOf(true)
  const asked = ask()
  if (fate === 'die before') {
    for (let turns = stage.randomOf(`death ${running.kills}`).between(0, 40); turns > 0; turns--) await setImmediate()
    running.kill()
  }
  const answered = await asked
  if (fate === 'die after') running.kill()
  return fate === 'die after' || fate === 'lose the answer' ? undefined : answered
}

/** A machine that starts containers, by HTTP, and keeps them whatever becomes of who asked. */
async function startMachine(onLaunch: (launched: Launched) => void) {
  const containers = new Map<string, { readonly order: LaunchOrder; ended: boolean }>()
  const answer = (path: string, body: unknown): unknown => {
    if (path === '/launch') {
      const order = body as LaunchOrder
      const name = randomUUID()
      const one = { order, ended: false }
      containers.set(name, one)
      const { run, ticket, attempt } = order
      onLaunch({ message: { run, ticket, attempt, gateway: '' }, container: asContainer(name, one) })
      return { kind: 'started' }
    }
    if (path === '/stop') {
      const { run, container } = body as StopTarget
      for (const [name, one] of containers) if (name === container || one.order.run === run) one.ended = true
      return {}
    }
    const running = [...containers].filter(([, { ended }]) => !ended)
    return running.map(
      ([
        container,
        {
          order: { run, attempt },
        },
      ]) => ({
        ...parseRunId(run),
        attempt,
        compute: 'docker',
        container,
      }),
    )
  }
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await text(request))
    response.end(JSON.stringify(answer(request.url ?? '', body)))
  })
  const port = await listenOnLoopback(server)
  return {
    url: `http://127.0.0.1:${port}`,
    endOf(container: string, code: number): ContainerEnd | undefined {
      const order = containers.get(container)?.order
      const ref = order && parseRunId(order.run)
      return ref && order && { ...ref, attempt: order.attempt, container, code }
    },
    close: () => closeServer(server),
  }
}

const asContainer = (name: string, one: { ended: boolean }): Container => ({
  name,
  isStopped: () => one.ended,
  end() {
    one.ended = true
  },
})

/** As an engine does that has no room left. */
function turnAway(outgoing: ServerResponse, action: string): void {
  const refused = action === '/launch' ? { kind: 'refused', why: 'too much to do' } : action === '/running' ? [] : {}
  outgoing.end(JSON.stringify(refused))
}
