import { PublishError } from './publish-error.ts'
import type { MissingImage, Publisher, PublishProgress } from './publisher.ts'
import { someAtOnce } from './some-at-once.ts'

export interface PublishRequest {
  /** All images that are wanted; those that others begin with come first. */
  readonly images: readonly MissingImage[]
  /** References of those that the registry lacks. */
  readonly missing: ReadonlySet<string>
  /** Only asked for if something is missing. */
  publisher(): Publisher
  /** Those that are not there although they were made, by reference. */
  lost(made: readonly MissingImage[]): Promise<ReadonlySet<string>>
  readonly onProgress: (key: string, progress: PublishProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Builds and pushes what a registry lacks, and looks whether it has it then. Throws what the publisher throws for the first
 * image that fails, a PublishError for one that did not arrive, and the signal's reason.
 */
export async function publishMissing(request: PublishRequest): Promise<void> {
  const { images, missing, onProgress, signal } = request
  const publisher = missing.size > 0 ? request.publisher() : undefined
  const made = new Map<string, Promise<void>>()
  const make = async (image: MissingImage) => {
    const { key, reference } = image
    try {
      signal?.throwIfAborted()
      const report = (progress: PublishProgress) => onProgress(key, progress)
      const wanted = missing.has(reference)
      // Two agents may have equal images.
      if (wanted && !made.has(reference)) made.set(reference, publisher?.publish(image, report) ?? Promise.resolve())
      await made.get(reference)
      onProgress(key, { kind: 'ready', reference, built: wanted })
    } catch (error) {
      onProgress(key, { kind: 'failed', why: error instanceof Error ? error.message : String(error) })
      throw error
    }
  }
  const [first, ...others] = images
  if (publisher?.sharesLayers && first !== undefined) await make(first)
  await someAtOnce(publisher?.sharesLayers ? others : images, publisher?.atOnce ?? 1, make)

  if (made.size === 0) return
  const lost = await request.lost(images.filter(({ reference }) => made.has(reference)))
  const [one] = images.filter(({ reference }) => lost.has(reference))
  if (one !== undefined) throw new PublishError(`image "${one.key}" was built, but ${one.reference} is not there`)
}
