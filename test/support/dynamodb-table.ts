import { randomUUID } from 'node:crypto'
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb'

/** The engine on loopback, if there is one. */
export const dynamoDbEndpoint = process.env.AL_DYNAMODB_ENDPOINT

export const connect = (endpoint: string, options: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'dummy', secretAccessKey: 'dummy' },
    ...options,
  })

/** A new table with the keys that a deployed one has. */
export async function freshTable(endpoint: string): Promise<{ readonly table: string; drop(): Promise<void> }> {
  const table = `al-${randomUUID()}`
  const admin = connect(endpoint)
  await admin.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  )
  return {
    table,
    async drop() {
      await admin.send(new DeleteTableCommand({ TableName: table }))
      admin.destroy()
    },
  }
}
