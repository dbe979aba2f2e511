import type Dockerode from 'dockerode'
import { buildImage, isThere } from './build-image.ts'
import { messagesOf } from './engine-messages.ts'
import { PublishError } from './publish-error.ts'
import type { Publisher, PublishProgress, RegistryLogin } from './publisher.ts'

export interface DockerPublisherOptions {
  readonly docker: Dockerode
  readonly registry: { login(): Promise<RegistryLogin> }
  /** `linux/amd64`, `linux/arm64`. */
  readonly platform: string
  /** Tells this project's images from others on the engine. */
  readonly project: string
  readonly baseImage?: string
  readonly signal?: AbortSignal
}

/**
 * Builds on a Docker engine and pushes from there. The token goes in a header of the engine's API: an argument list is
 * for everyone to read. What was built stays on the engine for as long as it is not replaced, as layers to build on.
 */
export function dockerPublisher(options: DockerPublisherOptions): Publisher {
  const { docker, registry, platform, project, baseImage, signal } = options
  let login: Promise<RegistryLogin> | undefined
  return {
    atOnce: 4,
    sharesLayers: true,
    async publish({ key, context, reference }, report) {
      const labels = { 'al.project': project, 'al.image': key }
      // A push that was cut off needs no second build.
      if (!(await isThere(docker, reference))) {
        await buildImage({ docker, key, context, reference, labels, platform, baseImage, onProgress: report, signal })
      }
      login ??= registry.login()
      await push(docker, reference, await login, report, signal)
      await removeOthers(docker, labels, reference)
    },
  }
}

async function push(
  docker: Dockerode,
  reference: string,
  login: RegistryLogin,
  report: (progress: PublishProgress) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const layers = new Map<string, boolean>()
  try {
    const stream = await docker.getImage(reference).push({ authconfig: login, abortSignal: signal })
    for await (const { id, status = '', error } of messagesOf(stream)) {
      if (error !== undefined) throw new PublishError(`${reference} could not be pushed: ${error.trim()}`)
      if (id === undefined || !/^[0-9a-f]{12}$/.test(id)) continue
      const done = /^(?:Pushed|Layer already exists|Mounted from)/.test(status)
      if (layers.get(id) === done) continue
      layers.set(id, done)
      report({ kind: 'pushing', done: [...layers.values()].filter(Boolean).length, layers: layers.size })
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof PublishError) throw error
    throw new PublishError(`${reference} could not be pushed: ${(error as Error).message}`, { cause: error })
  }
}

/** Takes earlier images of the same project and key off the engine. What a container uses stays. */
async function removeOthers(docker: Dockerode, labels: Record<string, string>, current: string): Promise<void> {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  const repository = current.slice(0, current.lastIndexOf(':'))
  for (const { RepoTags } of await docker.listImages({ filters: { label } })) {
    for (const reference of RepoTags ?? []) {
      if (reference === current || !reference.startsWith(`${repository}:`)) continue
      await docker
        .getImage(reference)
        .remove()
        .catch((error: { statusCode?: number }) => {
          if (error.statusCode !== 404 && error.statusCode !== 409) throw error
        })
    }
  }
}
