import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation'
import type { Plan } from '../../core/plan/schema.ts'
import { type Account, openAccount } from './account.ts'
import { awsFailure } from './aws-failure.ts'

/** What stands in the cloud for a project and environment. */
export interface Deployed {
  /** Base URL, without a slash at the end. Absent until the control stack has been complete once. */
  readonly gatewayUrl?: string
  /** Of the control stack, in CloudFormation's words: `UPDATE_COMPLETE`. */
  readonly status: string
  /** All outputs of the control stack. */
  readonly outputs: Readonly<Record<string, string>>
}

/** The deployed control stack of a plan; nothing if there is none. Throws an `AwsFailure`. */
export async function deployedStack(
  plan: Pick<Plan, 'names' | 'target'>,
  account?: Pick<Account, 'region' | 'credentials'>,
): Promise<Deployed | undefined> {
  const stack = await describeStack(plan.names.stack, account ?? (await openAccount(plan.target)))
  if (stack === undefined) return undefined
  const outputs = Object.fromEntries(
    (stack.Outputs ?? []).flatMap(({ OutputKey: key, OutputValue: value }) =>
      key === undefined || value === undefined ? [] : [[key, value]],
    ),
  )
  const gatewayUrl = outputs.GatewayUrl?.replace(/\/$/, '')
  return { status: stack.StackStatus ?? 'UNKNOWN', outputs, ...(gatewayUrl !== undefined && { gatewayUrl }) }
}

/** A stack by its name; nothing if there is none, or it is gone. Throws an `AwsFailure`. */
export async function describeStack(
  name: string,
  account: Pick<Account, 'region' | 'credentials'>,
): Promise<Stack | undefined> {
  const client = new CloudFormationClient(account)
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }))
    return Stacks?.find(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) {
      return undefined
    }
    throw awsFailure(error) ?? error
  } finally {
    client.destroy()
  }
}
