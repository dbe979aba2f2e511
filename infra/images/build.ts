import { Readable } from 'node:stream'
import type Dockerode from 'dockerode'
import { type TarEntry, tar } from '../../core/image/tar.ts'
import type { PlannedImage } from '../../core/plan/schema.ts'
import { type BuildMessage, buildOutput, type ImageProgress } from './build-progress.ts'
import { imageContext } from './context.ts'
import { entriesOf, type FileTree, modeOf } from './file-tree.ts'
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
      if (built) await build(options, key, context, reference)
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

const layersOf = ({ project, agent }: PlannedImage): number =>
  Number(project !== undefined) + 2 * Number(agent !== undefined)

async function isThere(docker: Dockerode, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect()
    return true
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false
    throw error
  }
}

async function build(options: BuildOptions, key: string, context: FileTree, reference: string): Promise<void> {
  const { docker, project, baseImage, onProgress = () => {}, signal } = options
  const output = buildOutput((progress) => onProgress(key, progress))
  const archive = Readable.from(tar(tarEntries(context)))
  try {
    const stream = await docker.buildImage(archive, {
      t: reference,
      labels: labels(project, key),
      rm: true,
      forcerm: true,
      // Packages are fetched while it builds, with the names and the proxies this machine knows.
      ...(process.platform === 'linux' && { networkmode: 'host' }),
      ...(baseImage !== undefined && { buildargs: { AL_BASE_IMAGE: baseImage } }),
      abortSignal: signal,
    })
    for await (const message of messagesOf(stream)) {
      output.add(message)
      if (message.error !== undefined) throw new ImageBuildError(key, message.error.trim(), output.tail())
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof ImageBuildError) throw error
    throw new ImageBuildError(key, (error as Error).message, output.tail())
  } finally {
    archive.destroy()
  }
}

function* tarEntries(context: FileTree): Generator<TarEntry> {
  for (const entry of entriesOf(context)) {
    const { path, kind, bytes } = entry
    yield { path, kind: kind === 'link' ? 'link' : 'file', mode: modeOf(entry), bytes }
  }
}

/** The engine answers with one JSON object per line, in pieces of any size. */
async function* messagesOf(stream: NodeJS.ReadableStream): AsyncGenerator<BuildMessage> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const piece of stream as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line)
  }
  if (rest.trim() !== '') yield JSON.parse(rest)
}

/** An image could not be built. The message ends with the last lines of what the build printed. */
export class ImageBuildError extends Error {
  override readonly name = 'ImageBuildError'
  readonly key: string

  constructor(key: string, why: string, output: string) {
    super(`image "${key}" could not be built: ${why}${output === '' ? '' : `\n${output}`}`)
    this.key = key
  }
}
