import { Readable } from 'node:stream'
import type Dockerode from 'dockerode'
import { type TarEntry, tar } from '../../core/image/tar.ts'
import { buildOutput, type ImageProgress } from './build-progress.ts'
import { messagesOf } from './engine-messages.ts'
import { entriesOf, type FileTree, modeOf } from './file-tree.ts'

export interface BuildRequest {
  readonly docker: Dockerode
  /** What the image is called in messages. */
  readonly key: string
  readonly context: FileTree
  /** What it is called on the engine. */
  readonly reference: string
  readonly labels: Readonly<Record<string, string>>
  /** What the agent image is built on, instead of Node's own. */
  readonly baseImage?: string
  /** `linux/amd64`, `linux/arm64`; the engine's own if absent. */
  readonly platform?: string
  readonly onProgress: (progress: ImageProgress) => void
  readonly signal?: AbortSignal
}

/** Builds one image on a Docker engine. Throws ImageBuildError, or the signal's reason. */
export async function buildImage(request: BuildRequest): Promise<void> {
  const { docker, key, context, reference, labels, baseImage, platform, onProgress, signal } = request
  const output = buildOutput(onProgress)
  const archive = Readable.from(contextTar(context))
  try {
    const stream = await docker.buildImage(archive, {
      t: reference,
      labels: { ...labels },
      rm: true,
      forcerm: true,
      // Packages are fetched while it builds, with the names and the proxies this machine knows.
      ...(process.platform === 'linux' && { networkmode: 'host' }),
      ...(baseImage !== undefined && { buildargs: { AL_BASE_IMAGE: baseImage } }),
      ...(platform !== undefined && { platform }),
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

/** Whether an engine has an image of this name. */
export async function isThere(docker: Dockerode, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect()
    return true
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false
    throw error
  }
}

/** A build context as an archive, the same bytes for the same tree. */
export function* contextTar(context: FileTree): Generator<Uint8Array> {
  yield* tar(tarEntries(context))
}

function* tarEntries(context: FileTree): Generator<TarEntry> {
  for (const entry of entriesOf(context)) {
    const { path, kind, bytes } = entry
    yield { path, kind: kind === 'link' ? 'link' : 'file', mode: modeOf(entry), bytes }
  }
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
