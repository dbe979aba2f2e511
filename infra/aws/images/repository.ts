import type { Plan } from '../../../core/plan/schema.ts'
import type { Account } from '../account.ts'

/** Where a project's images are kept. */
export interface Repository {
  readonly name: string
  /** What a tag is appended to: `<registry>/<name>`. */
  readonly uri: string
  /** Account of the registry. */
  readonly registry: string
  /** The user's own; else the one of the bootstrap stack, which all projects of an account share. */
  readonly given: boolean
}

/** The repository that the assembly of a plan names, in this account. */
export function repositoryOf(
  { repository }: Pick<Plan, 'repository'>,
  { account, region, partition }: Pick<Account, 'account' | 'region' | 'partition'>,
): Repository {
  if (repository !== undefined) {
    const name = repository.slice(repository.indexOf('/') + 1)
    return { name, uri: repository, registry: repository.slice(0, 12), given: true }
  }
  const name = `cdk-hnb659fds-container-assets-${account}-${region}`
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return { name, uri: `${account}.dkr.ecr.${region}.${domain}/${name}`, registry: account, given: false }
}

/**
 * A second tag of an image, which says that a project and environment uses it: the first one is the hash of what it was
 * built from, and says nothing of whose it is. Projects with equal images share one, and each adds its own mark.
 */
export const markOf = ({ names }: Pick<Plan, 'names'>, hash: string): string => `${names.prefix}.${hash}`

/** The hash in an image's mark; nothing if the tag is no mark of this project and environment. */
export function markedHash({ names }: Pick<Plan, 'names'>, tag: string): string | undefined {
  const start = `${names.prefix}.`
  return tag.startsWith(start) && /^[0-9a-f]{64}$/.test(tag.slice(start.length)) ? tag.slice(start.length) : undefined
}
