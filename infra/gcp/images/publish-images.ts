import Dockerode from 'dockerode'
import type { Plan } from '../../../core/plan/schema.ts'
import type { Builder } from '../../images/choose-builder.ts'
import { dockerPublisher } from '../../images/docker-publisher.ts'
import { platformOf } from '../../images/platform.ts'
import { publishMissing } from '../../images/publish-missing.ts'
import type { MissingImage, Publisher, PublishProgress } from '../../images/publisher.ts'
import type { GoogleAccount } from '../account.ts'
import type { ImageToPush } from '../images.ts'
import { cloudBuildPublisher } from './cloud-build.ts'
import { missingImages, registryLogin } from './registry.ts'

export interface PublishOptions {
  readonly plan: Plan
  readonly account: GoogleAccount
  /** All that the plan's jobs name. */
  readonly images: readonly ImageToPush[]
  readonly builder: Builder
  readonly onProgress: (key: string, progress: PublishProgress) => void
  readonly signal?: AbortSignal
  /** What the agent image is built on, instead of Node's own. It is no part of the tag: for tests without network. */
  readonly baseImage?: string
}

/**
 * Sees to it that the repository has every image of a plan. What is there is neither built nor pushed. Throws ImageBuildError
 * for the first one that fails, PublishError and GoogleFailure for what lies outside of them, and the signal's reason.
 */
export async function publishImages(
  options: PublishOptions,
  publisher: (options: PublishOptions) => Publisher = realPublisher,
): Promise<void> {
  const { account, images, onProgress, signal } = options
  const wanted = images.map(({ key, reference, context }): MissingImage => {
    return { key, reference, context, tag: reference.slice(reference.lastIndexOf(':') + 1) }
  })
  // What is made of fewer Dockerfiles is what the others begin with.
  wanted.sort((a, b) => a.context.size - b.context.size)
  await publishMissing({
    images: wanted,
    missing: await missingImages(
      wanted.map(({ reference }) => reference),
      account,
    ),
    publisher: () => publisher(options),
    lost: async (made) =>
      await missingImages(
        made.map(({ reference }) => reference),
        account,
      ),
    onProgress,
    ...(signal !== undefined && { signal }),
  })
}

function realPublisher({ plan, account, builder, signal, baseImage }: PublishOptions): Publisher {
  if (builder === 'cloud') return cloudBuildPublisher({ plan, account, signal, baseImage })
  return dockerPublisher({
    docker: new Dockerode(),
    registry: { login: () => registryLogin(plan.repository ?? '', account) },
    platform: platformOf(plan),
    project: `${account.project}.${plan.names.prefix}`,
    baseImage,
    signal,
  })
}
