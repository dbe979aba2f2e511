import { randomUUID } from 'node:crypto'
import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import {
  absent,
  checkWrites,
  type Expected,
  type Item,
  type Key,
  type ListOptions,
  type Snapshot,
  type Store,
  type Write,
} from '../../core/store.ts'
import { settle } from './dynamodb-settle.ts'

export interface DynamoDbStoreOptions {
  /** Its keys are `pk` and `sk`, both strings; `expiresAt` is its time-to-live attribute. */
  readonly table: string
  /** Stays the caller's: `close` leaves it open. */
  readonly client?: DynamoDBClient
  /** Epoch milliseconds. */
  readonly now?: () => number
}

type Attributes = Record<string, AttributeValue>

/** Keys read at the same time: fewer than the SDK has connections (50), for a request without one soon counts as failed. */
const mostAtOnce = 32

/** The condition of a write where nothing was read. */
const isAbsent = { ConditionExpression: 'attribute_not_exists(pk)' }

/** The condition of a write on what was read, an expired leftover included. */
const isUnchanged = (expected: Expected) => ({
  ConditionExpression: '#version = :expected',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':expected': { S: expected } },
})

const inPartition = 'pk = :pk'
const inPartitionWithPrefix = 'pk = :pk AND begins_with(sk, :prefix)'

/**
 * The store of AWS: one table, one request per commit.
 *
 * An item is `pk`, `sk`, `version`, `data` and `expiresAt`. `data` is JSON text and not a map: what is read is byte for
 * byte what was written (a map turns numbers into decimals of 38 digits and knows fewer values), its size is the one the
 * port has checked, and nothing here asks DynamoDB about a field of it.
 */
export function dynamoDbStore({ table, client, now = Date.now }: DynamoDbStoreOptions): Store {
  const db = client ?? patientClient()
  const isGone = ({ expiresAt }: Attributes) => expiresAt?.N !== undefined && Number(expiresAt.N) * 1000 <= now()

  /** One GetItem per key: costs what BatchGetItem does, never answers a part, and needs no further permission. */
  const read = async ({ pk, sk }: Key) => {
    const Key = { pk: { S: pk }, sk: { S: sk } }
    return (await db.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item
  }

  const snapshotOf = async ({ pk, sk }: Key): Promise<Snapshot> => {
    const found = await read({ pk, sk })
    if (found === undefined) return { pk, sk, expected: absent }
    return isGone(found) ? { pk, sk, expected: versionOf(found) } : itemOf(found)
  }

  return {
    billsBytes: true,
    async get(keys) {
      const snapshots: Snapshot[] = []
      for (let i = 0; i < keys.length; i += mostAtOnce) {
        snapshots.push(...(await Promise.all(keys.slice(i, i + mostAtOnce).map(snapshotOf))))
      }
      return snapshots
    },

    async list(pk, { prefix = '', after = '', limit = Number.POSITIVE_INFINITY }: ListOptions = {}) {
      const items: Item[] = []
      if (limit <= 0 || isPast(prefix, after)) return items
      // DynamoDB takes one condition on the sort key: where the prefix is it, `after` is the key to start from, which
      // need not exist but has to lie within the condition.
      const isStart = after !== '' && after.startsWith(prefix)
      let start: Attributes | undefined = isStart ? { pk: { S: pk }, sk: { S: after } } : undefined
      // DynamoDB's limit counts expired leftovers. Where there are many, larger and larger pages get past them.
      let page = limit
      do {
        const answer = await db.send(
          new QueryCommand({
            TableName: table,
            ConsistentRead: true,
            KeyConditionExpression: prefix === '' ? inPartition : inPartitionWithPrefix,
            ExpressionAttributeValues: { ':pk': { S: pk }, ...(prefix === '' ? {} : { ':prefix': { S: prefix } }) },
            ExclusiveStartKey: start,
            Limit: Number.isFinite(page) ? page : undefined,
          }),
        )
        items.push(...(answer.Items ?? []).filter((found) => !isGone(found)).map(itemOf))
        start = answer.LastEvaluatedKey
        page *= 2
      } while (start !== undefined && items.length < limit)
      return items.slice(0, limit)
    },

    async commit(writes) {
      const json = checkWrites(writes)
      const id = randomUUID()
      const requests = writes.map((write, i) => requestOf(write, json[i] ?? 'null', table, id))
      const first = writes.find(({ kind }) => kind === 'put')
      const wasDone = async () => first !== undefined && (await read(first.key))?.version?.S === id
      const [only] = requests
      if (requests.length === 1 && only?.Put !== undefined) {
        const { Put } = only
        return settle(id, () => db.send(new PutItemCommand(Put)), wasDone)
      }
      // The token lets a transaction that is sent again within ten minutes answer like the first time.
      const input = { TransactItems: requests, ClientRequestToken: id }
      return settle(id, () => db.send(new TransactWriteItemsCommand(input)), wasDone)
    },

    async close() {
      if (client === undefined) db.destroy()
    },
  }
}

/**
 * A client that hears of a lost answer within one command's 25 s: three tries of 3 s to write, as many to read back. By
 * itself the SDK waits for ever.
 */
function patientClient(): DynamoDBClient {
  const requestHandler = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true }
  return new DynamoDBClient({ maxAttempts: 3, requestHandler })
}

/** Whether nothing with this prefix comes after the key `after`, in DynamoDB's order, that of UTF-8 bytes. */
const isPast = (prefix: string, after: string) =>
  !after.startsWith(prefix) && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) > 0

/** One write as DynamoDB takes it. A failed condition shows the item that is there, and so whether it is our own. */
function requestOf({ key, expected, ...write }: Write, json: string, table: string, id: string): TransactWriteItem {
  const where = {
    TableName: table,
    ...(expected === absent ? isAbsent : isUnchanged(expected)),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const
  const Key = { pk: { S: key.pk }, sk: { S: key.sk } }
  if (write.kind === 'delete') return { Delete: { ...where, Key } }
  const Item: Attributes = { ...Key, version: { S: id }, data: { S: json } }
  if (write.expiresAt !== undefined) Item.expiresAt = { N: String(write.expiresAt) }
  return { Put: { ...where, Item } }
}

function versionOf({ version }: Attributes): Expected {
  if (version?.S === undefined) throw new Error('the table holds an item that is not of this store: no version')
  return version.S as Expected
}

function itemOf(found: Attributes): Item {
  const { pk, sk, data } = found
  if (pk?.S === undefined || sk?.S === undefined || data?.S === undefined) {
    throw new Error('the table holds an item that is not of this store: no key or no data')
  }
  return { pk: pk.S, sk: sk.S, expected: versionOf(found), data: JSON.parse(data.S) }
}
