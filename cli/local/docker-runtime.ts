import { setTimeout as sleep } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import type { Plan } from '../../core/plan/schema.ts'
import type { ContainerShape } from '../../functions/launchers/docker/container-settings.ts'
import type { ImageProgress } from '../../infra/images/build-progress.ts'
import { CloudError, exitCodes, UserError } from '../errors.ts'
import type { AgentRuntime, PreparationWatch, RuntimeOptions } from './agent-runtime.ts'

/** Milliseconds that the engine has to answer. */
const patience = 10_000

/** Agents in containers. Throws a CloudError when no engine answers. */
export async function dockerRuntime(options: RuntimeOptions): Promise<AgentRuntime> {
  const [{ default: Docker }, { projectNetwork, removeUnusedNetwork }, { dockerLauncher }] = await Promise.all([
    import('dockerode'),
    import('../../functions/launchers/docker/network.ts'),
    import('../../functions/launchers/docker/launcher.ts'),
  ])
  const docker = new Docker()
  await engineAnswers(docker)
  const network = await projectNetwork(docker, options.project)
  let shapes: ReadonlyMap<string, ContainerShape> = new Map()
  return {
    containerAddresses: network.listenOn === undefined ? [] : [network.listenOn],
    async prepare(plan, watch) {
      const images = await build(docker, plan, options, watch)
      return () => {
        shapes = shapesOf(plan, images)
      }
    },
    launcher({ gatewayUrl, containerEnded }) {
      const { port } = new URL(gatewayUrl)
      return dockerLauncher({
        ...options,
        docker,
        projectId: options.project.id,
        network,
        gatewayUrl: `http://${network.host}:${port}`,
        containerOf: (agent) => shapes.get(agent),
        containerEnded,
      })
    },
    async close() {
      await inTime(removeUnusedNetwork(docker, options.project)).catch((error: Error) =>
        options.log('warn', 'the network of the project was not removed; the next stop removes it', {
          network: network.name,
          error: error.message,
        }),
      )
    },
  }
}

/** Returns what the engine does, or throws when that takes too long. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = sleep(patience, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${patience / 1000} seconds`)
  })
  return await Promise.race([answer, late])
}

async function engineAnswers(docker: Dockerode): Promise<void> {
  try {
    await inTime(docker.ping())
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CloudError(
      `Docker does not answer (${code ?? message}); start it, or run the agents without containers, as processes of your own user: --runtime process`,
    )
  }
}

async function build(docker: Dockerode, plan: Plan, { directory, project }: RuntimeOptions, watch: PreparationWatch) {
  const [{ buildImages }, { ImageBuildError }, { ContextError }] = await Promise.all([
    import('../../infra/images/build.ts'),
    import('../../infra/images/build-image.ts'),
    import('../../infra/images/context.ts'),
  ])
  const baseImage = process.env.AL_BASE_IMAGE || undefined
  const told = new Map<string, string>()
  try {
    return await buildImages({
      docker,
      images: plan.images,
      projectDirectory: directory,
      project,
      signal: watch.signal,
      onProgress(key, progress) {
        const image = { key: key.replace(/^agent:/, ''), ...shown(progress) }
        // A step prints many lines, and is one step.
        const now = JSON.stringify(image)
        if (told.get(key) !== now) watch.onImage(image)
        told.set(key, now)
      },
      ...(baseImage !== undefined && { baseImage }),
    })
  } catch (error) {
    if (error instanceof ImageBuildError) throw new UserError(error.message, exitCodes.failure)
    if (error instanceof ContextError) throw new UserError(error.message, exitCodes.configuration)
    throw error
  }
}

function shown(progress: ImageProgress) {
  switch (progress.kind) {
    case 'building': {
      const { step, steps, line } = progress
      return { state: 'building', detail: step === undefined ? line : `step ${step}/${steps}` } as const
    }
    case 'ready':
      return { state: 'ready', ...(!progress.built && { detail: 'unchanged' }) } as const
    case 'failed':
      return { state: 'failed', detail: progress.why.split('\n')[0] ?? '' } as const
    case 'waiting':
      return { state: 'waiting' } as const
  }
}

function shapesOf(plan: Plan, images: ReadonlyMap<string, string>): ReadonlyMap<string, ContainerShape> {
  return new Map(
    plan.agents.flatMap(({ name, image: key, memoryMiB, vcpus }) => {
      const image = images.get(key)
      return image === undefined ? [] : [[name, { image, memoryMiB, vcpus }] as const]
    }),
  )
}
