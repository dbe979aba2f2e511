import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectId } from '../../cli/local/project-id.ts'
import type { PublicRun } from '../../functions/gateway/public-run.ts'
import type { Engine } from '../docker/engine.ts'
import { freePort } from '../support/loopback.ts'

const main = join(import.meta.dirname, '../../cli/main.ts')

/** Milliseconds that anything may take; the first build of an image takes most of it. */
const longest = 120_000

export type Runtime = 'docker' | 'process'

export interface Project {
  readonly directory: string
  /** The environment to name with `-E`, if it is not the usual one. */
  readonly environment?: string
  readonly env: Readonly<Record<string, string>>
}

/** What a project is made of: files by path, and credentials by `<type>/<instance>/<field>`. */
export interface Content {
  readonly files: Readonly<Record<string, string>>
  readonly credentials?: Readonly<Record<string, string>>
}

/** Writes a project whose agents ask a model of the tests. An agent that is `scripted/<name>` plays that script. */
export function writeProject(home: string, { files, credentials = {} }: Content): Project {
  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { mode: 0o600 })
  }
  const directory = join(home, 'project')
  for (const [path, text] of Object.entries(files)) put(join(directory, path), text)
  const all = { 'anthropic_key/default/token': 'sk-ant-of-the-model', ...credentials }
  for (const [path, value] of Object.entries(all)) put(join(home, 'credentials', path), value)
  return { directory, env: { AL_CREDENTIALS_HOME: join(home, 'credentials') } }
}

/** How agents call this machine: in a container by the name of its network, else by its address. */
export const nameOfThisMachine = (runtime: Runtime) => (runtime === 'docker' ? 'gateway' : '127.0.0.1')

/**
 * A project on this machine, run by the real command line as processes of their own. Whatever it has started or made is
 * gone afterwards; the layers of its images stay, so that the next one is quick.
 */
export async function onStage(
  runtime: Runtime,
  { docker, baseImage }: Engine,
  write: (home: string) => Project | Promise<Project>,
) {
  const home = mkdtempSync(join(tmpdir(), 'al-stage-'))
  const project = await write(home)
  const id = projectId(project.directory, project.environment ?? 'default')
  const env: NodeJS.ProcessEnv = { ...process.env, AL_BASE_IMAGE: baseImage, ...project.env }
  const children = new Set<ChildProcess>()
  const filters = { label: [`al.project=${id}`] }
  const left = async () => ({
    containers: await docker.listContainers({ all: true, filters }),
    volumes: (await docker.listVolumes({ filters })).Volumes ?? [],
    networks: await docker.listNetworks({ filters }),
  })

  /** A command of the user's, in a shell of its own. */
  function al(...words: string[]) {
    const { directory, environment } = project
    const on = ['-p', directory, ...(environment === undefined ? [] : ['-E', environment])]
    const child = spawn(process.execPath, [main, ...words, ...on], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    children.add(child)
    const lines: string[] = []
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => lines.push(line))
    const ended = once(child, 'close').then(([code]) => {
      children.delete(child)
      return code as number | null
    })
    const text = () => lines.join('\n')
    return {
      child,
      ended,
      lines,
      text,
      /** Waits for what the command brings about; not longer than it runs, and not for ever. */
      async until(what: string, condition: () => unknown): Promise<void> {
        const limit = AbortSignal.timeout(longest)
        while (!(await condition())) {
          const gone = child.exitCode !== null || child.signalCode !== null
          if (gone || limit.aborted) throw new Error(`in vain for ${what}: ${text()}`)
          await sleep(20)
        }
      },
    }
  }

  /** A host, when agents start; on the port of an earlier one, for agents that still know that. */
  async function start({ words = [], port: wanted }: { words?: string[]; port?: number } = {}) {
    const port = wanted ?? (await freePort())
    const host = al('start', '-H', '--runtime', runtime, '--port', String(port), ...words)
    await host.until('the host', () => host.text().includes('ready: agents start from now on'))
    const url = `http://127.0.0.1:${port}`
    const ask = async <T>(method: 'GET' | 'POST', path: string, body: unknown = {}): Promise<T> => {
      const key = readFileSync(join(env.AL_CREDENTIALS_HOME ?? '', 'gateway_api_key/default/key'), 'utf8').trim()
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const answer = await fetch(`${url}${path}`, {
        method,
        headers,
        ...(method === 'POST' && { body: JSON.stringify(body) }),
      })
      if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`)
      return (await answer.json()) as T
    }
    return {
      ...host,
      port,
      url,
      ask,
      /** Starts a run by hand. Answers its id. */
      trigger: async (agent: string) =>
        (await ask<{ readonly runId: string }>('POST', `/control/trigger/${agent}`)).runId,
      /** The runs of an agent, the newest first. */
      runs: async (agent: string) =>
        (await ask<{ readonly runs: PublicRun[] }>('GET', `/control/agents/${agent}/runs`)).runs,
      run: (run: string) => ask<PublicRun>('GET', `/control/runs/${run}`),
      async stopped() {
        host.child.kill('SIGINT')
        return await host.ended
      },
    }
  }

  return {
    project,
    home,
    al,
    start,
    /** What the engine has of this project, images aside. */
    left,
    /** How many things of each kind the engine has of this project. */
    async counted() {
      const { containers, volumes, networks } = await left()
      return { containers: containers.length, volumes: volumes.length, networks: networks.length }
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL')
      const { containers, volumes, networks } = await left()
      for (const { Id } of containers) await docker.getContainer(Id).remove({ force: true, v: true })
      for (const { Name } of volumes) await docker.getVolume(Name).remove({ force: true })
      for (const { Id } of networks) await docker.getNetwork(Id).remove()
      for (const { Id } of await docker.listImages({ filters }))
        await docker.getImage(Id).remove({ force: true, noprune: true })
      rmSync(home, { recursive: true, force: true })
    },
  }
}

export const nothing = { containers: 0, volumes: 0, networks: 0 }

/** A place that agents tell what they have come to (`curl …/began/<text>`), and wait at (`curl …/may/<text>`) until they may go on. */
export async function meetingPoint(runtime: Runtime) {
  const heard: string[] = []
  const allowed = new Set<string>()
  const server = createServer((request, response) => {
    const [, verb, text = ''] = (request.url ?? '').split('/')
    if (verb === 'may') {
      response.writeHead(allowed.has(text) ? 200 : 404).end()
      return
    }
    heard.push(decodeURIComponent(text))
    response.end()
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const url = `http://${nameOfThisMachine(runtime)}:${(server.address() as AddressInfo).port}`
  return {
    heard,
    allow: (text: string) => allowed.add(text),
    /** Shell that says so. */
    say: (text: string) => `curl -sf "${url}/say/${text}"`,
    /** Shell that waits until it is allowed to go on. */
    wait: (text: string) => `until curl -sf ${url}/may/${text}; do sleep 0.1; done`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
