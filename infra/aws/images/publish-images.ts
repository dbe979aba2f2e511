import { createHash } from 'node:crypto'
import Dockerode from 'dockerode'
import type { Plan } from '../../../core/plan/schema.ts'
import { layersOf } from '../../images/build.ts'
import type { Builder } from '../../images/choose-builder.ts'
import { imageContext } from '../../images/context.ts'
import { dockerPublisher } from '../../images/docker-publisher.ts'
import { entriesOf, treeHash } from '../../images/file-tree.ts'
import { platformOf } from '../../images/platform.ts'
import { PublishError } from '../../images/publish-error.ts'
import { publishMissing } from '../../images/publish-missing.ts'
import type { MissingImage, Publisher, PublishProgress } from '../../images/publisher.ts'
import { someAtOnce } from '../../images/some-at-once.ts'
import { registryTag } from '../../images/tag.ts'
import type { Account } from '../account.ts'
import { cloudPublisher } from './cloud-publisher.ts'
import { ecrRegistry, type Registry } from './registry.ts'
import { markOf, repositoryOf } from './repository.ts'

export interface PublishOptions {
  readonly plan: Plan
  /** The project's directory. */
  readonly directory: string
  readonly account: Account
  readonly builder: Builder
  /** The tags that the assembly names; absent: whatever the files say now. */
  readonly named?: ReadonlySet<string>
  readonly onProgress?: (key: string, progress: PublishProgress) => void
  readonly signal?: AbortSignal
  /** What the agent image is built on, instead of Node's own. It is no part of the tag: for tests without network. */
  readonly baseImage?: string
}

/** What this speaks to. */
export interface PublishEffects {
  registry(plan: Plan, account: Account): Registry
  publisher(options: PublishOptions, registry: Registry): Publisher
}

/**
 * Sees to it that the repository has every image of a plan, under the tag that the plan's assembly names (the hash of all
 * it is built from), and answers where each is, by key. What is there is neither built nor pushed. Each image gets a
 * second tag that says that this project uses it (`markOf`).
 *
 * Throws ContextError for a directory that cannot become an image, ImageBuildError for the first one that fails,
 * PublishError and AwsFailure for what lies outside of them, and the signal's reason.
 */
export async function publishImages(
  options: PublishOptions,
  effects: PublishEffects = realEffects,
): Promise<Map<string, string>> {
  const { plan, directory, account, onProgress = () => {}, signal } = options
  for (const { key } of plan.images) onProgress(key, { kind: 'waiting' })
  const images: MissingImage[] = []
  const registry = effects.registry(plan, account)
  for (const image of [...plan.images].sort((a, b) => layersOf(a) - layersOf(b))) {
    signal?.throwIfAborted()
    const context = await imageContext(image, directory)
    const tag = registryTag(treeHash(entriesOf(context)), plan.target.architecture)
    if (options.named?.has(tag) === false) throw new PublishError(changedMeanwhile(image.key))
    images.push({ key: image.key, context, tag, reference: `${registry.repository.uri}:${tag}` })
  }
  const tags = [...new Set(images.map(({ tag }) => tag))]
  const missing = await registry.missing([...tags, ...tags.map((tag) => markOf(plan, tag))])

  await publishMissing({
    images,
    missing: new Set(images.filter(({ tag }) => missing.has(tag)).map(({ reference }) => reference)),
    publisher: () => effects.publisher(options, registry),
    async lost(made) {
      const absent = await registry.missing(made.map(({ tag }) => tag))
      return new Set(made.filter(({ tag }) => absent.has(tag)).map(({ reference }) => reference))
    },
    onProgress,
    ...(signal !== undefined && { signal }),
  })
  const unmarked = tags.filter((tag) => missing.has(markOf(plan, tag)))
  await someAtOnce(unmarked, 4, (tag) => registry.addTag(tag, markOf(plan, tag)))
  return new Map(images.map(({ key, reference }) => [key, reference]))
}

const realEffects: PublishEffects = {
  registry: (plan, account) => ecrRegistry(account, repositoryOf(plan, account)),
  publisher({ plan, account, builder, baseImage, signal }, registry) {
    if (builder === 'cloud') return cloudPublisher({ plan, account, signal })
    const { prefix } = plan.names
    return dockerPublisher({
      docker: new Dockerode(),
      registry,
      platform: platformOf(plan),
      project: createHash('sha256')
        .update(`${account.account}\0${account.region}\0${prefix}`)
        .digest('hex')
        .slice(0, 16),
      baseImage,
      signal,
    })
  },
}

/** What was shown and agreed to is not what the files say now. */
const changedMeanwhile = (key: string): string =>
  `the files of image "${key}" have changed since this deploy began: leave them as they are until it is over, and deploy again`
