import { randomBytes, randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ContainerEnd } from '../../core/scheduler/container-ended.ts'
import type { LaunchOrder, RunningContainer } from '../../core/scheduler/launcher.ts'
import { newSuffix } from '../../core/scheduler/run.ts'
import { type DockerLauncherOptions, dockerLauncher } from '../../functions/launchers/docker/launcher.ts'
import { projectNetwork, removeUnusedNetwork } from '../../functions/launchers/docker/network.ts'
import type { MachineLauncher, OutputLine, Secret } from '../../functions/launchers/machine/machine-launcher.ts'
import { buildImages } from '../../infra/images/build.ts'
import { agent as rule } from '../support/plane.ts'
import { tempProject } from '../support/temp-project.ts'
import type { Engine } from './engine.ts'

/** An agent that asks the gateway which shell script it is, and runs it. */
const probe = `
import { spawn } from 'node:child_process'
const answer = await fetch(process.env.GATEWAY_URL + '/script/' + process.env.AL_RUN_ID)
const child = spawn('sh', ['-c', await answer.text()], { stdio: 'inherit' })
child.on('exit', (code, signal) => process.exit(signal === null ? code : 137))
`

const image = { key: 'probe', agent: 'FROM al-agent\nCOPY probe.mjs /probe.mjs\nENTRYPOINT ["node", "/probe.mjs"]\n' }

const files = { 'agents/probe/probe.mjs': probe, 'agents/probe/Dockerfile': image.agent }

/** Stays for the next time, as the base image does: its packages take most of a minute. */
const imagesOf = { name: 'probes', id: 'testimages' }

async function probeImage(docker: Engine['docker'], baseImage: string, projectDirectory: string): Promise<string> {
  const images = [{ ...image, context: 'agents/probe' }]
  const references = await buildImages({ docker, images, projectDirectory, project: imagesOf, baseImage })
  return references.get('probe') ?? ''
}

export interface ProjectOptions {
  readonly secrets?: readonly Omit<Secret, 'instance'>[]
  readonly memoryMiB?: number
  readonly vcpus?: number
}

/** A project of its own on the engine, with a gateway that hands out scripts. Everything of it is gone afterwards. */
export async function dockerProject({ docker, baseImage }: Engine, options: ProjectOptions = {}) {
  const project = { name: 'probes', id: randomBytes(6).toString('hex') }
  const directory = tempProject(files)
  const reference = await probeImage(docker, baseImage, directory)
  const network = await projectNetwork(docker, project)

  const scripts = new Map<string, string>()
  const asked: string[] = []
  const lines: OutputLine[] = []
  const ends: ContainerEnd[] = []
  const seen = new Set<() => void>()
  const changed = () => {
    for (const look of seen) look()
  }
  const until = async <T>(what: string, find: () => T | undefined, seconds = 20): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const look = () => {
      const found = find()
      if (found !== undefined) resolve(found)
    }
    const timer = setTimeout(
      () => reject(new Error(`waited in vain for ${what}; printed so far: ${JSON.stringify(lines)}`)),
      seconds * 1000,
    )
    seen.add(look)
    look()
    return await promise.finally(() => {
      seen.delete(look)
      clearTimeout(timer)
    })
  }

  const server = createServer((request, response) => {
    const run = request.url?.split('/').at(-1) ?? ''
    asked.push(run)
    changed()
    response.end(scripts.get(run) ?? 'exit 99')
  })
  await new Promise<void>((listening) => server.listen(0, network.listenOn, listening))
  const gatewayUrl = `http://${network.host}:${(server.address() as AddressInfo).port}`

  const open = (change: Partial<DockerLauncherOptions> = {}): MachineLauncher =>
    dockerLauncher({
      docker,
      projectId: project.id,
      network,
      gatewayUrl,
      stateDirectory: join(directory, '.al/runs'),
      containerOf: () => ({ image: reference, memoryMiB: options.memoryMiB ?? 256, vcpus: options.vcpus ?? 1 }),
      secretsOf: async () => (options.secrets ?? []).map((secret) => ({ instance: 'default', ...secret })),
      containerEnded: async (end) => {
        ends.push(end)
        changed()
      },
      onLine: (line) => {
        lines.push(line)
        changed()
      },
      log: () => {},
      ...change,
    })
  let launcher = open()

  const order = (name: string, script: string, suffix = newSuffix(Date.now(), randomBytes)): LaunchOrder => {
    const run = `${name}-${suffix}`
    scripts.set(run, script)
    return { agent: rule(name, { compute: 'docker' }), run, suffix, attempt: 1, ticket: `ticket${randomInt(1e9)}` }
  }
  const filters = { label: [`al.project=${project.id}`] }
  const containers = () => docker.listContainers({ all: true, filters })
  const volumes = async () => (await docker.listVolumes({ filters })).Volumes ?? []

  return {
    docker,
    project,
    network,
    gatewayUrl,
    lines,
    ends,
    asked,
    order,
    until,
    containers,
    volumes,
    get launcher() {
      return launcher
    },
    /** A launcher of the same project that differs in this. */
    with: open,
    /** What one run has printed. */
    printed: ({ run }: { run: string }) => lines.filter((line) => line.run === run).map(({ line }) => line),
    async running(): Promise<RunningContainer[]> {
      const found: RunningContainer[] = []
      for await (const one of launcher.running()) found.push(one)
      return found
    },
    /** Waits for a run's end. */
    endOf: ({ suffix }: { suffix: string }, seconds?: number) =>
      until(`the end of ${suffix}`, () => ends.find((end) => end.suffix === suffix), seconds),
    stopOf: ({ agent, run, suffix, attempt }: LaunchOrder) =>
      launcher.stop({ agent: agent.name, run, suffix, attempt, compute: 'docker', reason: 'a test' }),
    /** Waits until the engine has nothing of this project but its network. */
    async emptied() {
      for (let tries = 0; tries < 100; tries++) {
        if ((await containers()).length + (await volumes()).length === 0) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`left over: ${JSON.stringify([await containers(), await volumes()])}`)
    },
    /** Another host takes over, as after a crash; without `adopt` nobody looks yet. */
    async reopen() {
      await launcher.close()
      launcher = open()
    },
    async [Symbol.asyncDispose]() {
      await launcher.close()
      server.close()
      for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true, v: true })
      for (const { Name } of await volumes()) await docker.getVolume(Name).remove({ force: true })
      await removeUnusedNetwork(docker, project)
    },
  }
}
