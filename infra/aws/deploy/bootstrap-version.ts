import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm'
import type { Account } from '../account.ts'
import { awsFailure } from '../aws-failure.ts'

/** The version of the CDK's bootstrap stack in an account and region; nothing if it was never bootstrapped. */
export async function bootstrapVersion(parameter: string, account: Account): Promise<number | undefined> {
  const client = new SSMClient(account)
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter }))
    return Number(Parameter?.Value)
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined
    throw awsFailure(error) ?? error
  } finally {
    client.destroy()
  }
}
