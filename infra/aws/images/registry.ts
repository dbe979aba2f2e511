import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetRepositoryPolicyCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr'
import { PublishError } from '../../images/publish-error.ts'
import type { RegistryLogin } from '../../images/publisher.ts'
import type { Account } from '../account.ts'
import { awsFailure } from '../aws-failure.ts'
import type { Repository } from './repository.ts'

export interface StoredImage {
  readonly tags: readonly string[]
  readonly pushedAt: Date
  /** The last time, to a day; absent if nobody ever has. */
  readonly pulledAt?: Date
  readonly bytes: number
}

/** One repository of ECR. Every method throws an `AwsFailure`, or a PublishError when there is no such repository. */
export interface Registry {
  readonly repository: Repository
  /** Those of the tags that no image has. */
  missing(tags: readonly string[]): Promise<Set<string>>
  /** Gives the image that has a tag another one. */
  addTag(tag: string, added: string): Promise<void>
  /** Takes tags away; an image without any is gone. */
  removeTags(tags: readonly string[]): Promise<void>
  images(): Promise<StoredImage[]>
  /** It lives for twelve hours. */
  login(): Promise<RegistryLogin>
  /** The repository's own policy, as JSON. */
  policy(): Promise<string | undefined>
}

/** Image ids that one request may name. */
const batch = 100

export function ecrRegistry(account: Pick<Account, 'region' | 'credentials'>, repository: Repository): Registry {
  const ecr = new ECRClient(account)
  const at = { repositoryName: repository.name, registryId: repository.registry }
  const send: ECRClient['send'] = async (command: never) => {
    try {
      return await ecr.send(command)
    } catch (error) {
      if (error instanceof Error && error.name === 'RepositoryNotFoundException') {
        throw new PublishError(noRepository(repository), { cause: error })
      }
      throw error instanceof Error && expected.has(error.name) ? error : (awsFailure(error) ?? error)
    }
  }
  return {
    repository,
    async missing(tags) {
      const missing = new Set<string>()
      for (const some of batches(tags)) {
        const { failures = [] } = await send(
          new BatchGetImageCommand({ ...at, imageIds: some.map((imageTag) => ({ imageTag })) }),
        )
        for (const { imageId, failureCode, failureReason } of failures) {
          if (failureCode !== 'ImageNotFound') throw new PublishError(`ECR: ${failureCode}: ${failureReason}`)
          if (imageId?.imageTag !== undefined) missing.add(imageId.imageTag)
        }
      }
      return missing
    },
    async addTag(tag, added) {
      const { images: [image] = [] } = await send(new BatchGetImageCommand({ ...at, imageIds: [{ imageTag: tag }] }))
      try {
        await send(
          new PutImageCommand({
            ...at,
            imageManifest: image?.imageManifest,
            imageManifestMediaType: image?.imageManifestMediaType,
            imageTag: added,
          }),
        )
      } catch (error) {
        // Somebody was faster: a tag with a hash in it is always on the same image.
        if (!(error instanceof Error && expected.has(error.name))) throw error
      }
    },
    async removeTags(tags) {
      for (const some of batches(tags)) {
        const { failures = [] } = await send(
          new BatchDeleteImageCommand({ ...at, imageIds: some.map((imageTag) => ({ imageTag })) }),
        )
        const failed = failures.find(({ failureCode }) => failureCode !== 'ImageNotFound')
        if (failed !== undefined) throw new PublishError(`ECR: ${failed.failureCode}: ${failed.failureReason}`)
      }
    },
    async images() {
      const all: StoredImage[] = []
      let nextToken: string | undefined
      do {
        const page = await send(
          new DescribeImagesCommand({ ...at, nextToken, maxResults: 1000, filter: { tagStatus: 'TAGGED' } }),
        )
        for (const {
          imageTags: tags = [],
          imagePushedAt: pushedAt,
          lastRecordedPullTime: pulledAt,
          imageSizeInBytes: bytes = 0,
        } of page.imageDetails ?? []) {
          if (pushedAt !== undefined) all.push({ tags, pushedAt, bytes, ...(pulledAt !== undefined && { pulledAt }) })
        }
        nextToken = page.nextToken
      } while (nextToken !== undefined)
      return all
    },
    async login() {
      const { authorizationData: [data] = [] } = await send(new GetAuthorizationTokenCommand({}))
      const token = Buffer.from(data?.authorizationToken ?? '', 'base64').toString()
      const colon = token.indexOf(':')
      if (colon < 0) throw new PublishError('ECR gave no token to push images with')
      return {
        username: token.slice(0, colon),
        password: token.slice(colon + 1),
        serveraddress: data?.proxyEndpoint ?? '',
      }
    },
    async policy() {
      try {
        return (await send(new GetRepositoryPolicyCommand(at))).policyText
      } catch (error) {
        if (error instanceof Error && error.name === 'RepositoryPolicyNotFoundException') return undefined
        throw error
      }
    },
  }
}

/** Errors that are answers. */
const expected = new Set([
  'ImageAlreadyExistsException',
  'ImageTagAlreadyExistsException',
  'RepositoryPolicyNotFoundException',
])

const noRepository = ({ name, registry, given }: Repository): string =>
  given
    ? `there is no repository "${name}" in account ${registry}: make it, or leave ecrRepository out of [cloud]`
    : `there is no repository "${name}" in account ${registry}: the account and region are not bootstrapped`

function* batches(tags: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < tags.length; i += batch) yield tags.slice(i, i + batch)
}
