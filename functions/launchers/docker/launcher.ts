import { setTimeout as sleep } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import { type LaunchAnswer, type LaunchOrder, launchTimeout, leases } from '../../../core/scheduler/launcher.ts'
import { asEnvironment } from '../../../core/scheduler/start-message.ts'
import {
  failedForSecret,
  grace,
  type MachineLauncher,
  type MachineLauncherOptions,
} from '../machine/machine-launcher.ts'
import { type ContainerShape, containerSettings } from './container-settings.ts'
import { answerOf, ignoringGone, statusOf, whyOf } from './engine-answer.ts'
import { isHelper, ownedBy, startOf } from './labels.ts'
import type { ProjectNetwork } from './network.ts'
import { fillVolume, makeVolume } from './secrets-volume.ts'
import { containerWatch } from './watch.ts'

export interface DockerLauncherOptions extends MachineLauncherOptions {
  readonly docker: Dockerode
  /** Tells this project's containers from others on the same engine: 8 characters or more `[a-z0-9]`. */
  readonly projectId: string
  readonly network: Pick<ProjectNetwork, 'name' | 'extraHosts'>
  /** Nothing while an agent has no image. */
  readonly containerOf: (agent: string) => ContainerShape | undefined
}

/** A launch under way. Whoever wants its run stopped says so here, and waits for the launch to be over. */
interface UnderWay {
  stopped: boolean
  readonly done: Promise<unknown>
}

/** Milliseconds for undoing what a start has begun. */
const forCleaning = 1000

/** Milliseconds that the engine has for a start: less than the lease of a launch, so that no two of them overlap. */
const longestStart = leases.docker.launch - 10_000

/** Milliseconds after which a launch is answered, whatever the engine still does. */
const answerAfter = launchTimeout - forCleaning

/**
 * Agents in containers of a Docker engine, one per attempt. The container's name is made of project, run and attempt, so
 * the engine itself refuses to start an attempt twice.
 */
export function dockerLauncher(options: DockerLauncherOptions): MachineLauncher {
  const { docker, projectId, network, containerOf, secretsOf, gatewayUrl, containerEnded, log } = options
  const watch = containerWatch(options)
  const underWay = new Map<string, Set<UnderWay>>()
  let processors: Promise<number> | undefined

  const nameOf = ({ run, attempt }: Pick<LaunchOrder, 'run' | 'attempt'>) =>
    `al-${projectId.slice(0, 8)}-${run}-${attempt}`

  /** The engine refuses a container that asks for more processors than there are. */
  async function atMostAllProcessors(shape: ContainerShape): Promise<ContainerShape> {
    processors ??= docker.info().then(({ NCPU }: { NCPU: number }) => NCPU)
    processors.catch(() => {
      processors = undefined
    })
    return { ...shape, vcpus: Math.min(shape.vcpus, await processors) }
  }

  async function start(order: LaunchOrder, shape: ContainerShape, launch: { stopped: boolean }): Promise<LaunchAnswer> {
    const { run, ticket, attempt, suffix } = order
    const agent = order.agent.name
    const name = nameOf(order)
    const secrets = await secretsOf(agent)
    const volume = secrets.length === 0 ? undefined : name
    const abortSignal = AbortSignal.timeout(longestStart)
    let maybeStarted = false
    try {
      const surroundings = { projectId, network: network.name, extraHosts: network.extraHosts, volume }
      const environment = asEnvironment({ run, ticket, gateway: gatewayUrl, attempt })
      const origin = { agent, run, suffix, attempt }
      if (volume !== undefined) await makeVolume({ docker, projectId, name: volume, abortSignal })
      const settings = containerSettings(await atMostAllProcessors(shape), surroundings, origin, environment)
      const container = await docker.createContainer({ ...settings, name, abortSignal })
      if (volume !== undefined) {
        await fillVolume({ docker, projectId, name: volume, image: shape.image, abortSignal }, secrets)
      }
      if (launch.stopped) {
        await takeBack(name)
        return { kind: 'failed', why: 'it was stopped while it was being started' }
      }
      maybeStarted = true
      await container.start({ abortSignal })
      watch.follow(container.id, name, origin)
      return { kind: 'started' }
    } catch (error) {
      // Somebody was faster: the attempt has its container.
      if (statusOf(error) === 409) return { kind: 'started' }
      try {
        await takeBack(name)
      } catch {
        // Without a start nothing runs, whatever is left; the next start of the host clears it away.
        if (maybeStarted) throw error
      }
      if (abortSignal.aborted) return { kind: 'refused', why: 'Docker did not answer in time' }
      if (statusOf(error) === 404 && /no such image/i.test(whyOf(error))) {
        return { kind: 'failed', why: `image ${shape.image} is gone; start the host again, and it is built` }
      }
      return answerOf(error, `container ${name}`)
    }
  }

  /** A slow engine is no reason to give up: the start goes on, and if it fails, that is reported as the container's end. */
  async function inTime({ agent, run, suffix, attempt }: LaunchOrder, going: Promise<LaunchAnswer>) {
    const answered = new AbortController()
    const late = sleep(answerAfter, undefined, { signal: answered.signal }).catch(() => undefined)
    const answer = await Promise.race([going, late]).finally(() => answered.abort())
    if (answer !== undefined) return answer
    log('warn', 'Docker takes long to start a container', { run })
    const told = going.then(async (end) => {
      if (end.kind === 'started') return
      await containerEnded({ agent: agent.name, suffix, attempt, container: 'none', reason: end.why })
    })
    told.catch((error) => log('error', 'a launch failed; the sweep tries again', { run, why: whyOf(error) }))
    return { kind: 'started' } as const
  }

  /** Throws if it cannot be sure that nothing is running any more. */
  async function takeBack(name: string): Promise<void> {
    const abortSignal = AbortSignal.timeout(forCleaning)
    await ignoringGone(docker.getContainer(name).remove({ force: true, v: true, abortSignal }))
    await watch.removeVolume(name)
  }

  return {
    async launch(order) {
      const shape = containerOf(order.agent.name)
      if (shape === undefined) return { kind: 'refused', why: `agent ${order.agent.name} has no image yet` }
      const launch = { stopped: false }
      const going = start(order, shape, launch).catch(failedForSecret)
      // Whoever stops the run only waits for it to be over; the launch itself reports how it failed.
      const entry: UnderWay = Object.assign(launch, { done: going.catch(() => {}) })
      const entries = underWay.get(order.run) ?? new Set()
      underWay.set(order.run, entries.add(entry))
      const started = going.finally(() => {
        entries.delete(entry)
        if (entries.size === 0) underWay.delete(order.run)
      })
      return await inTime(order, started)
    },

    async stop({ run, reason }) {
      const entries = [...(underWay.get(run) ?? [])]
      for (const entry of entries) entry.stopped = true
      await Promise.all(entries.map(({ done }) => done))
      const found = await docker.listContainers({ all: true, filters: ownedBy(projectId, run) })
      await Promise.all(
        found.map(async ({ Id, State }) => {
          log('debug', 'stopping a container', { run, container: Id.slice(0, 12), reason })
          if (State !== 'created') await ignoringGone(docker.getContainer(Id).stop({ t: grace / 1000 }))
        }),
      )
    },

    async *running() {
      for (const { Id, Labels } of await docker.listContainers({ filters: ownedBy(projectId) })) {
        const origin = startOf(Labels)
        if (origin === undefined) continue
        const { agent, suffix, attempt } = origin
        yield { agent, suffix, attempt, compute: 'docker', container: Id.slice(0, 12) }
      }
    },

    async adopt() {
      const found = await docker.listContainers({ all: true, filters: ownedBy(projectId) })
      for (const { Id, Labels, Names } of found) {
        const origin = startOf(Labels)
        const name = Names[0]?.slice(1) ?? Id
        if (isHelper(Labels)) await ignoringGone(docker.getContainer(Id).remove({ force: true, v: true }))
        // One that has ended, or was never started, is over at the first look.
        else if (origin !== undefined) watch.follow(Id, name, origin)
      }
      const used = new Set(found.map(({ Names }) => Names[0]?.slice(1)))
      const { Volumes } = await docker.listVolumes({ filters: ownedBy(projectId) })
      for (const { Name } of Volumes ?? []) if (!used.has(Name)) await watch.removeVolume(Name)
    },

    cleared: () => watch.cleared(),
    close: () => watch.close(),
  }
}
