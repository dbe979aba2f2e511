import { isDeepStrictEqual } from 'node:util'
import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateListStacks,
  type StackStatus,
  type StackSummary,
} from '@aws-sdk/client-cloudformation'
import type { Plan } from '../../../core/plan/schema.ts'
import type { Account } from '../account.ts'
import { awsFailure } from '../aws-failure.ts'
import type { StandingStack } from './change.ts'
import type { Template } from './template.ts'

/** Every state but that of stacks that are gone. */
const present: readonly StackStatus[] = [
  'CREATE_COMPLETE',
  'CREATE_FAILED',
  'CREATE_IN_PROGRESS',
  'DELETE_FAILED',
  'DELETE_IN_PROGRESS',
  'IMPORT_COMPLETE',
  'IMPORT_IN_PROGRESS',
  'IMPORT_ROLLBACK_COMPLETE',
  'IMPORT_ROLLBACK_FAILED',
  'IMPORT_ROLLBACK_IN_PROGRESS',
  'REVIEW_IN_PROGRESS',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'ROLLBACK_IN_PROGRESS',
  'UPDATE_COMPLETE',
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_FAILED',
  'UPDATE_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_FAILED',
  'UPDATE_ROLLBACK_IN_PROGRESS',
]

/** All stacks of the account and region that are not gone, whoever they belong to. */
export async function presentStacks(client: CloudFormationClient): Promise<StackSummary[]> {
  const found: StackSummary[] = []
  for await (const { StackSummaries = [] } of paginateListStacks({ client }, { StackStatusFilter: [...present] })) {
    found.push(...StackSummaries)
  }
  return found
}

/** Stacks in these states have no resources, or none that count: they are made anew. */
const empty = /^(?:REVIEW_IN_PROGRESS|ROLLBACK_COMPLETE|ROLLBACK_FAILED|DELETE_FAILED|CREATE_FAILED)$/

/**
 * The stacks of a project and environment that stand in the cloud, by name, in CloudFormation's words: the control stack
 * and one per shard, whatever the number of shards was when they were deployed. Throws an `AwsFailure`.
 */
export async function standingStates(
  { names: { stack } }: Pick<Plan, 'names'>,
  account: Account,
): Promise<ReadonlyMap<string, string>> {
  const client = new CloudFormationClient(account)
  // At most 1024 shards: six digits would be the hash at the end of another project's control stack.
  const ours = new RegExp(`^${stack}(?:-agents-\\d{1,4})?$`)
  try {
    const found = (await presentStacks(client)).filter(({ StackName }) => ours.test(StackName ?? ''))
    const states = found.map(({ StackName = '', StackStatus = 'UNKNOWN' }) => [StackName, StackStatus] as const)
    return new Map(states.sort(([a], [b]) => (a < b ? -1 : 1)))
  } catch (error) {
    throw awsFailure(error) ?? error
  } finally {
    client.destroy()
  }
}

/** The same with the templates they were deployed from. Throws an `AwsFailure`. */
export async function standingStacks(
  plan: Pick<Plan, 'names'>,
  account: Account,
): Promise<ReadonlyMap<string, StandingStack>> {
  const states = await standingStates(plan, account)
  const client = new CloudFormationClient(account)
  try {
    const read = async ([name, status]: [string, string]): Promise<[string, StandingStack]> => {
      if (empty.test(status)) return [name, { status }]
      const { TemplateBody = '{}' } = await client.send(
        new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' }),
      )
      return [name, { status, template: JSON.parse(TemplateBody) as Template }]
    }
    return new Map(await Promise.all([...states].map(read)))
  } catch (error) {
    throw awsFailure(error) ?? error
  } finally {
    client.destroy()
  }
}

/** The stacks that are no longer as they stood: somebody else deploys or removes them. Throws an `AwsFailure`. */
export async function changedSince(
  before: ReadonlyMap<string, StandingStack>,
  plan: Pick<Plan, 'names'>,
  account: Account,
): Promise<string[]> {
  const now = await standingStacks(plan, account)
  return [...new Set([...before.keys(), ...now.keys()])].filter((name) => {
    return !isDeepStrictEqual(before.get(name), now.get(name))
  })
}
