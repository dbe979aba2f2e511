import type Dockerode from 'dockerode'
import type { PlannedImage } from '../../core/plan/schema.ts'
import { buildImage, isThere } from './build-image.ts'
import type { ImageProgress } from './build-progress.ts'
import { imageContext } from './context.ts'
import { labels, removeOldImages, repositoryOf } from './local-images.ts'
import { imageTag } from './tag.ts'

export interface BuildOptions {
  readonly docker: Dockerode
  readonly images: readonly PlannedImage[]
  readonly projectDirectory: string
  /** `id` tells projects of one name on the same engine apart: 8 characters or more `[a-z0-9]`. */
  readonly project: { readonly name: string; readonly id: string }
  /** What the agent image is built on, instead of Node's own. */
  readonly baseImage?: string
  readonly onProgress?: (key: string, progress: ImageProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Builds the images that are not there yet, and answers a reference for each key. Old ones of this project are removed
 * afterwards, as far as nothing uses them. Throws ImageBuildError for the first image that fails; ContextError for a
 * directory that cannot become one.
 */
export async function buildImages(options: BuildOptions): Promise<Map<string, string>> {
  const { docker, images, projectDirectory, project, baseImage, onProgress = () => {}, signal } = options
  for (const { key } of images) onProgress(key, { kind: 'waiting' })
  const references = new Map<string, string>()
  const make = async (image: PlannedImage) => {
    const { key } = image
    try {
      signal?.throwIfAborted()
      const context = await imageContext(image, projectDirectory)
      const reference = `${repositoryOf(project, key)}:${imageTag(context, baseImage)}`
      const built = !(await isThere(docker, reference))
      if (built) {
        const report = (progress: ImageProgress) => onProgress(key, progress)
        await buildImage({
          docker,
          key,
          context,
          reference,
          labels: labels(project, key),
          baseImage,
          onProgress: report,
          signal,
        })
      }
      references.set(key, reference)
      onProgress(key, { kind: 'ready', reference, built })
    } catch (error) {
      onProgress(key, { kind: 'failed', why: error instanceof Error ? error.message : String(error) })
      throw error
    }
  }
  // The first one makes the layers that all have in common; side by side, each would make them again.
  const [first, ...others] = [...images].sort((a, b) => layersOf(a) - layersOf(b))
  if (first !== undefined) await make(first)
  const made = await Promise.allSettled(others.map(make))
  for (const result of made) if (result.status === 'rejected') throw result.reason
  await removeOldImages(docker, project, references)
  return references
}

/** Fewer come first: what they are made of is the beginning of the others. */
export const layersOf = ({ project, agent }: PlannedImage): number =>
  Number(project !== undefined) + 2 * Number(agent !== undefined)
