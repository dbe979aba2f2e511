import { arnOf, type Right, type Served, serviceError } from './fake-aws.ts'

type Value = { readonly S?: string; readonly N?: string }
type Item = Readonly<Record<string, Value>>
type Ask = (action: string, resource: string, context?: Right['context']) => void

interface Write {
  readonly TableName: string
  readonly Item?: Item
  readonly Key?: Item
  readonly ConditionExpression?: string
  readonly ExpressionAttributeValues?: Item
}

const keyOf = (item: Item): string => `${item.pk?.S}\0${item.sk?.S}`

/**
 * As much of DynamoDB as our store asks for: one table with keys `pk` and `sk`, two conditions, two key conditions. The
 * store's own tests run against DynamoDB Local; this is for tests of what stands on it.
 */
export function fakeDynamoDb(ask: Ask): (operation: string, input: Record<string, unknown>) => Served {
  const items = new Map<string, Item>()
  /** The item that keeps a write from happening; nothing if it may. */
  const inTheWay = ({ Item, Key = Item, ConditionExpression, ExpressionAttributeValues }: Write): Item | undefined => {
    const found = items.get(keyOf(Key ?? {}))
    if (ConditionExpression === 'attribute_not_exists(pk)') return found
    if (ConditionExpression !== '#version = :expected') throw new Error(`unknown condition ${ConditionExpression}`)
    return found?.version?.S === ExpressionAttributeValues?.[':expected']?.S ? undefined : (found ?? {})
  }
  const perform = ({ Item, Key }: Write): void => {
    if (Item !== undefined) items.set(keyOf(Item), Item)
    else if (Key !== undefined) items.delete(keyOf(Key))
  }
  const on = (action: string, table: unknown) => ask(`dynamodb:${action}`, arnOf('dynamodb', `table/${table}`))

  return (operation, input) => {
    switch (operation) {
      case 'GetItem': {
        on('GetItem', input.TableName)
        return { answer: { Item: items.get(keyOf(input.Key as Item)) } }
      }
      case 'Query': {
        on('Query', input.TableName)
        return { answer: query([...items.values()], input) }
      }
      // For a test that looks at everything; nothing of ours asks for it.
      case 'Scan':
        return { answer: { Items: [...items.values()] } }
      case 'PutItem': {
        on('PutItem', input.TableName)
        const found = inTheWay(input as unknown as Write)
        if (found !== undefined) {
          return serviceError('ConditionalCheckFailedException', 'The conditional request failed', { Item: found })
        }
        perform(input as unknown as Write)
        return { answer: {} }
      }
      case 'TransactWriteItems': {
        const writes = (input.TransactItems as { Put?: Write; Delete?: Write }[]).map(({ Put, Delete }) => {
          on(Put === undefined ? 'DeleteItem' : 'PutItem', (Put ?? Delete)?.TableName)
          return Put ?? Delete ?? ({} as Write)
        })
        const reasons = writes.map((write) => {
          const found = inTheWay(write)
          return found === undefined ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', Item: found }
        })
        if (reasons.some(({ Code }) => Code !== 'None')) {
          return serviceError('TransactionCanceledException', 'cancelled', { CancellationReasons: reasons })
        }
        for (const write of writes) perform(write)
        return { answer: {} }
      }
      default:
        return serviceError('UnknownOperationException', operation)
    }
  }
}

function query(items: readonly Item[], input: Record<string, unknown>): object {
  const {
    ExpressionAttributeValues: values = {},
    ExclusiveStartKey: after,
    Limit = 1000,
  } = input as {
    ExpressionAttributeValues?: Item
    ExclusiveStartKey?: Item
    Limit?: number
  }
  const found = items
    .filter(({ pk, sk }) => pk?.S === values[':pk']?.S && (sk?.S ?? '').startsWith(values[':prefix']?.S ?? ''))
    .filter(({ sk }) => after === undefined || (sk?.S ?? '') > (after.sk?.S ?? ''))
    .sort((a, b) => ((a.sk?.S ?? '') < (b.sk?.S ?? '') ? -1 : 1))
  const page = found.slice(0, Limit)
  const last = page.at(-1)
  const more = page.length < found.length && last !== undefined
  return { Items: page, ...(more && { LastEvaluatedKey: { pk: last.pk, sk: last.sk } }) }
}
