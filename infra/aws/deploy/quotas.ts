import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { Account } from '../account.ts'
import { awsFailure } from '../aws-failure.ts'

/**
 * How many functions an account may run at once in a region, all of them together; nothing where the caller may not ask.
 * Throws an `AwsFailure`.
 */
export async function concurrentFunctions(account: Account): Promise<number | undefined> {
  const client = new LambdaClient(account)
  try {
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}))
    return AccountLimit?.ConcurrentExecutions
  } catch (error) {
    const failure = awsFailure(error)
    if (failure?.reason === 'denied') return undefined
    throw failure ?? error
  } finally {
    client.destroy()
  }
}
