import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import type { SecretStore } from '../../secrets/secret-store.ts'
import { hashOf, hashTag, versionTag } from '../../secrets/value-hash.ts'
import type { Account } from '../account.ts'
import { AwsFailure } from '../aws-failure.ts'
import { asked } from './asked.ts'
import { inBatches } from './in-batches.ts'
import { fromPairs, toPairs } from './tags.ts'

const absent = ['ParameterNotFound', 'InvalidResourceId']
/** Of a standard parameter, which costs nothing. */
const longestValue = 4096
/** Names in a request, and answers in a page. */
const mostNames = 50
const parameter = (id: string) => ({ ResourceType: 'Parameter', ResourceId: id }) as const

/** Parameter Store: a standard `SecureString` per id, encrypted with the account's own key for it (`aws/ssm`). */
export function parameterStore(
  account: Pick<Account, 'region' | 'credentials'>,
  client = new SSMClient(account),
): SecretStore {
  const tagsOf = async (id: string) => {
    const found = await asked(() => client.send(new ListTagsForResourceCommand(parameter(id))), { absent })
    return found === undefined ? undefined : fromPairs(found.TagList)
  }
  /** Listed, not read: that takes the right to see values. What is asked for at the same moment goes into one request. */
  const versionOf = inBatches(mostNames, async (ids) => {
    const filter = { Key: 'Name', Option: 'Equals', Values: [...ids] }
    const versions = new Map<string, number>()
    let NextToken: string | undefined
    do {
      const request = new DescribeParametersCommand({ NextToken, MaxResults: mostNames, ParameterFilters: [filter] })
      const page = await asked(() => client.send(request))
      for (const { Name = '', Version = 0 } of page?.Parameters ?? []) versions.set(Name, Version)
      NextToken = page?.NextToken
    } while (NextToken !== undefined)
    return versions
  })
  const tag = async (id: string, tags: Readonly<Record<string, string>>) => {
    await asked(() => client.send(new AddTagsToResourceCommand({ ...parameter(id), Tags: toPairs(tags) })))
  }
  const put = async (id: string, value: string, overwrite: boolean) => {
    const request = { Name: id, Value: value, Type: 'SecureString', Tier: 'Standard', Overwrite: overwrite } as const
    return await asked(() => client.send(new PutParameterCommand(request)), {
      value,
      absent: ['ParameterAlreadyExists'],
    })
  }
  return {
    name: 'AWS Systems Manager Parameter Store',
    async describe(id) {
      const [version, tags] = await Promise.all([versionOf(id), tagsOf(id)])
      // The list may be behind by a moment: what has our tags is there, and an older version than ours was followed by ours.
      if (tags === undefined || (version === undefined && !(hashTag in tags))) return undefined
      const isOurs = version === undefined || version <= Number(tags[versionTag])
      return { hash: isOurs ? tags[hashTag] : undefined, tags }
    },
    async read(id) {
      const request = new GetParametersCommand({ Names: [id], WithDecryption: true })
      return (await asked(() => client.send(request)))?.Parameters?.[0]?.Value
    },
    async write(id, value, { tags = {}, tagsIfNew = {} } = {}) {
      checkValue(id, value)
      const hash = await hashOf(id, value)
      const made = await put(id, value, false)
      const written = made ?? (await put(id, value, true))
      const told = { ...tags, [hashTag]: hash, [versionTag]: String(written?.Version) }
      await tag(id, made === undefined ? told : { ...tagsIfNew, ...told })
    },
    tag,
    async untag(id, keys) {
      await asked(() => client.send(new RemoveTagsFromResourceCommand({ ...parameter(id), TagKeys: [...keys] })))
    },
    async tagged(key) {
      const ids: string[] = []
      let NextToken: string | undefined
      do {
        const page = await asked(() =>
          client.send(
            new DescribeParametersCommand({
              NextToken,
              MaxResults: mostNames,
              ParameterFilters: [{ Key: `tag:${key}`, Values: ['true'] }],
            }),
          ),
        )
        for (const { Name } of page?.Parameters ?? []) if (Name !== undefined) ids.push(Name)
        NextToken = page?.NextToken
      } while (NextToken !== undefined)
      const found = await Promise.all(ids.map(async (id) => ({ id, tags: (await tagsOf(id)) ?? {} })))
      // One may have lost its tag since it was listed.
      return found.filter(({ tags }) => key in tags)
    },
    async remove(id) {
      await asked(() => client.send(new DeleteParameterCommand({ Name: id })), { absent })
    },
  }
}

/** What Parameter Store would turn away, said before and in words that help. */
function checkValue(id: string, value: string): void {
  const bytes = Buffer.byteLength(value)
  const why =
    bytes > longestValue
      ? `its value has ${bytes} bytes, and Parameter Store takes ${longestValue}`
      : value.includes('{{')
        ? 'its value has "{{" in it, which Parameter Store does not take'
        : undefined
  if (why === undefined) return
  throw new AwsFailure(
    'configuration',
    `${id} cannot be stored: ${why}; set secretStore = "secrets-manager" in [cloud]`,
  )
}
