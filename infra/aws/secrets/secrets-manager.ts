import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager'
import type { SecretStore } from '../../secrets/secret-store.ts'
import { hashOf, hashTag, knownHash, versionTag } from '../../secrets/value-hash.ts'
import type { Account } from '../account.ts'
import { asked } from './asked.ts'
import { fromPairs, toPairs } from './tags.ts'

const absent = ['ResourceNotFoundException']
const daysUntilGone = 7

/** AWS Secrets Manager: a secret per id.  */
export function secretsManager(
  account: Pick<Account, 'region' | 'credentials'>,
  client = new SecretsManagerClient(account),
): SecretStore {
  const described = async (id: string) => {
    const found = await asked(() => client.send(new DescribeSecretCommand({ SecretId: id })), { absent })
    if (found === undefined) return undefined
    const stages = Object.entries(found.VersionIdsToStages ?? {})
    const current = stages.find(([, labels]) => labels.includes('AWSCURRENT'))?.[0]
    return { tags: fromPairs(found.Tags), version: current, deleted: found.DeletedDate !== undefined }
  }
  const tag = async (id: string, tags: Readonly<Record<string, string>>) => {
    await asked(() => client.send(new TagResourceCommand({ SecretId: id, Tags: toPairs(tags) })))
  }
  return {
    name: 'AWS Secrets Manager',
    async describe(id) {
      const found = await described(id)
      // Made without a value, it is a name and nothing else.
      if (found === undefined || found.deleted || found.version === undefined) return undefined
      return { hash: knownHash(found.tags, found.version), tags: found.tags }
    },
    async read(id) {
      try {
        const found = await asked(() => client.send(new GetSecretValueCommand({ SecretId: id })), { absent })
        return found?.SecretString
      } catch (error) {
        if ((await described(id))?.deleted) return undefined
        throw error
      }
    },
    async write(id, value, { tags = {}, tagsIfNew = {} } = {}) {
      const [hash, found] = await Promise.all([hashOf(id, value), described(id)])
      if (found?.deleted) await asked(() => client.send(new RestoreSecretCommand({ SecretId: id })))
      const Tags = toPairs({ ...tagsIfNew, ...tags })
      const written = await asked<{ readonly VersionId?: string }>(
        () =>
          found === undefined
            ? client.send(new CreateSecretCommand({ Name: id, SecretString: value, Tags }))
            : client.send(new PutSecretValueCommand({ SecretId: id, SecretString: value })),
        { value },
      )
      await tag(id, { ...tags, [hashTag]: hash, [versionTag]: written?.VersionId ?? '' })
    },
    tag,
    async untag(id, keys) {
      await asked(() => client.send(new UntagResourceCommand({ SecretId: id, TagKeys: [...keys] })))
    },
    async tagged(key) {
      const found: { id: string; tags: Record<string, string> }[] = []
      let NextToken: string | undefined
      do {
        const page = await asked(() =>
          client.send(new ListSecretsCommand({ NextToken, Filters: [{ Key: 'tag-key', Values: [key] }] })),
        )
        for (const { Name: id, Tags } of page?.SecretList ?? []) {
          const tags = fromPairs(Tags)
          // The service matches the beginnings of keys.
          if (id !== undefined && key in tags) found.push({ id, tags })
        }
        NextToken = page?.NextToken
      } while (NextToken !== undefined)
      return found
    },
    async remove(id) {
      const request = new DeleteSecretCommand({ SecretId: id, RecoveryWindowInDays: daysUntilGone })
      await asked(() => client.send(request), { absent })
    },
  }
}
