import { DeleteTableCommand, DescribeTableCommand, DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb'
import type { Account } from '../account.ts'
import { awsFailure } from '../aws-failure.ts'

/** A table by its name; nothing if there is none. */
export const hasTable = (name: string, account: Account): Promise<boolean> =>
  withTables(account, async (client) => {
    await client.send(new DescribeTableCommand({ TableName: name }))
    return true
  })

/** Lets a table be deleted. Returns whether there is one. */
export const unprotectTable = (name: string, account: Account): Promise<boolean> =>
  withTables(account, async (client) => {
    await client.send(new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: false }))
    return true
  })

/** Deletes a table with everything in it. Returns whether there was one. */
export const deleteTable = (name: string, account: Account): Promise<boolean> =>
  withTables(account, async (client) => {
    await client.send(new DeleteTableCommand({ TableName: name }))
    return true
  })

async function withTables(account: Account, work: (client: DynamoDBClient) => Promise<boolean>): Promise<boolean> {
  const client = new DynamoDBClient(account)
  try {
    return await work(client)
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return false
    throw awsFailure(error) ?? error
  } finally {
    client.destroy()
  }
}
