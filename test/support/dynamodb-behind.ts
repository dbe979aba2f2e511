import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { onTestFinished } from 'vitest'
import { dynamoDbStore } from '../../functions/stores/dynamodb.ts'
import { type Fate, type OnWrite, startProxy } from './dynamodb-proxy.ts'
import { connect } from './dynamodb-table.ts'

/** A store whose requests go through a proxy, for one test; `onWrite` decides the fate of each write, counted from 1. */
export async function storeBehindProxy(
  endpoint: string,
  table: string,
  onWrite: OnWrite,
  options: DynamoDBClientConfig = {},
  now = Date.now,
) {
  const proxy = await startProxy(endpoint, onWrite)
  const client = connect(proxy.endpoint, { maxAttempts: 1, ...options })
  onTestFinished(() => {
    client.destroy()
    return proxy.close()
  })
  return { store: dynamoDbStore({ table, client, now }), writes: proxy.writes, reads: proxy.reads }
}

/** The first write meets this fate, the others pass. */
export const first =
  (fate: Fate): OnWrite =>
  (n) =>
    n === 1 ? fate : 'pass'
