import { CloudFormationClient, GetTemplateCommand, type StackSummary } from '@aws-sdk/client-cloudformation'
import type { Account } from '../account.ts'
import { awsFailure } from '../aws-failure.ts'
import { presentStacks } from '../deploy/standing.ts'

/** The templates of all stacks of an account and region, one by one; a word on why they cannot tell what is in use. */
export async function templates(account: Account): Promise<AsyncIterable<string> | string> {
  const client = new CloudFormationClient(account)
  try {
    const alive = await presentStacks(client)
    const changing = alive.find(({ StackStatus = '' }) => StackStatus.endsWith('_IN_PROGRESS'))
    if (changing !== undefined) return `stack ${changing.StackName} is being changed`
    return templatesOf(client, alive)
  } catch (error) {
    const failure = awsFailure(error)
    if (failure?.reason !== 'denied') throw failure ?? error
    return failure.message
  }
}

async function* templatesOf(client: CloudFormationClient, stacks: readonly StackSummary[]): AsyncGenerator<string> {
  for (const { StackId } of stacks) {
    const { TemplateBody = '' } = await client.send(
      new GetTemplateCommand({ StackName: StackId, TemplateStage: 'Original' }),
    )
    yield TemplateBody
  }
}
