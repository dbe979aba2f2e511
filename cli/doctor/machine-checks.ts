import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Plan } from '../../core/plan/schema.ts'
import type { Check } from './check.ts'

/** What is looked at on this machine; a parameter, so that a machine can be told of that is none. */
export interface Machine {
  readonly dockerVersion: () => Promise<string>
  /** Bytes that are free where the project lies. */
  readonly freeBytes: (directory: string) => number
  /** Why nobody can listen on the port; nothing if one can. */
  readonly portProblem: (port: number) => Promise<string | undefined>
}

const thisMachine: Machine = { dockerVersion: askDocker, freeBytes, portProblem }

/** Node, Docker if agents run in it, the gateway's port, space on the disk. */
export async function machineChecks(
  { plan, port, directory }: { readonly plan?: Plan; readonly port?: number; readonly directory: string },
  machine: Machine = thisMachine,
): Promise<Check[]> {
  const needsDocker = plan?.agents.some(({ compute }) => compute === 'docker')
  const node: Check = { kind: 'node', what: 'Node.js', state: 'ok', detail: process.versions.node }
  const checks = await Promise.all([
    needsDocker === true ? dockerCheck(machine) : undefined,
    port === undefined ? undefined : portCheck(directory, port, machine),
  ])
  return [node, ...checks.filter((one) => one !== undefined), diskCheck(directory, needsDocker !== false, machine)]
}

async function dockerCheck({ dockerVersion }: Machine): Promise<Check> {
  const common = { kind: 'docker', what: 'Docker' } as const
  try {
    return { ...common, state: 'ok', detail: await dockerVersion() }
  } catch (error) {
    const todo = 'start Docker, or set `[local] runtime = "process"`, which runs agents without isolation'
    return { ...common, state: 'missing', detail: error instanceof Error ? error.message : String(error), todo }
  }
}

async function portCheck(directory: string, port: number, { portProblem: problemOf }: Machine): Promise<Check> {
  const common = { kind: 'port', what: `port ${port}` } as const
  const problem = await problemOf(port)
  if (problem === undefined) return { ...common, state: 'ok', detail: 'free for the gateway' }
  if (portOfHost(directory) === port) return { ...common, state: 'ok', detail: "this project's host listens on it" }
  return {
    ...common,
    state: 'missing',
    detail: problem,
    todo: '`al start --port <number>`, or `port` of [gateway] in config.toml, names another one',
  }
}

/** The port of the host of this project, if one was started and has not ended in an orderly way. */
function portOfHost(directory: string): number | undefined {
  try {
    const { url } = JSON.parse(readFileSync(join(directory, '.al', 'host.json'), 'utf8')) as { url?: unknown }
    return typeof url === 'string' ? Number(new URL(url).port) : undefined
  } catch {
    // There is none.
    return undefined
  }
}

const gigabyte = 1024 ** 3

function diskCheck(directory: string, inContainers: boolean, { freeBytes: free }: Machine): Check {
  const bytes = free(directory)
  const detail = `${(bytes / gigabyte).toFixed(1)} GB are free`
  const common = { kind: 'disk', what: 'disk', detail } as const
  const todo = inContainers ? '`docker system prune` removes images and layers that nothing uses' : 'free some space'
  if (bytes < gigabyte / 4) return { ...common, state: 'missing', detail: `${detail}: a run needs more`, todo }
  return bytes < 4 * gigabyte && inContainers
    ? { ...common, state: 'warning', detail: `${detail}: images of agents take about one each`, todo }
    : { ...common, state: 'ok' }
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(existsSync(directory) ? directory : '.')
  return bavail * bsize
}

async function portProblem(port: number): Promise<string | undefined> {
  const server = createServer()
  return await new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'EADDRINUSE' ? 'something else listens on it' : `listening on it is not permitted (${code})`),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)))
  })
}

/** Milliseconds that Docker has to answer. */
const patience = 10_000

async function askDocker(): Promise<string> {
  const { default: Docker } = await import('dockerode')
  const late = sleep(patience, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${patience / 1000} seconds`)
  })
  const { Version } = await Promise.race([new Docker().version(), late])
  return Version
}
