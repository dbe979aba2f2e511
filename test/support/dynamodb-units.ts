import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** Request units, as DynamoDB bills them on demand. */
export interface Units {
  read: number
  write: number
}

type Item = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>

/** Bytes of an item: names and values of its attributes in UTF-8; a number takes about a byte for two digits. */
const bytesOf = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, { S, N }]) => {
    return (
      sum + Buffer.byteLength(name) + (S === undefined ? Math.ceil((N ?? '').length / 2) + 1 : Buffer.byteLength(S))
    )
  }, 0)

const writeUnits = (item: Item): number => Math.max(1, Math.ceil(bytesOf(item) / 1024))
const readUnits = (items: readonly Item[]): number =>
  Math.max(1, Math.ceil(items.reduce((sum, item) => sum + bytesOf(item), 0) / 4096))

interface TransactItem {
  readonly Put?: { readonly Item: Item }
  readonly Delete?: unknown
}

/**
 * Counts the units of every request of a client by the rules of DynamoDB's developer guide ("Read and write operations"):
 * a write takes one per KB, in a transaction two; a strongly consistent read one per 4 KB, and at least one. DynamoDB
 * Local reports fewer for transactions. A deleted item counts as small, which ours are.
 */
export function countUnits(client: DynamoDBClient): Units {
  const units: Units = { read: 0, write: 0 }
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { Item: put, TransactItems: transaction } = args.input as { Item?: Item; TransactItems?: TransactItem[] }
      const { Item: found, Items: list } = result.output as { Item?: Item; Items?: Item[] }
      if (transaction !== undefined) {
        for (const { Put } of transaction) units.write += 2 * (Put === undefined ? 1 : writeUnits(Put.Item))
      } else if (put !== undefined) units.write += writeUnits(put)
      else units.read += readUnits(list ?? (found === undefined ? [] : [found]))
      return result
    },
    { step: 'initialize' },
  )
  return units
}
