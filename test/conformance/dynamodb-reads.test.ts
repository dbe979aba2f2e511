import { randomUUID } from 'node:crypto'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { absent, type Key, type Store, type Write } from '../../core/store.ts'
import { dynamoDbStore } from '../../functions/stores/dynamodb.ts'
import { first, storeBehindProxy } from '../support/dynamodb-behind.ts'
import { connect, freshTable } from '../support/dynamodb-table.ts'

const endpoint = process.env.AL_DYNAMODB_ENDPOINT

if (endpoint === undefined) {
  test.skip('reads of DynamoDB (AL_DYNAMODB_ENDPOINT is not set: scripts/dynamodb-local.sh says how to start one)', () => {})
} else {
  againstDynamoDb(endpoint)
}

function againstDynamoDb(endpoint: string): void {
  describe('reads of DynamoDB', () => {
    let created: Awaited<ReturnType<typeof freshTable>>
    let direct: Store
    let table: string
    beforeAll(async () => {
      created = await freshTable(endpoint)
      table = created.table
      direct = dynamoDbStore({ table, client: connect(endpoint) })
    })
    afterAll(() => created.drop())
    const put = (key: Key, data: unknown): Write => ({ kind: 'put', key, expected: absent, data })
    const freshKey = (): Key => ({ pk: `p-${randomUUID()}`, sk: 'a' })

    test('a limit counts live items only, however many leftovers stand before them', async () => {
      const pk = `p-${randomUUID()}`
      const start = Date.now()
      const store = dynamoDbStore({ table, client: connect(endpoint), now: () => start + 601_000 })
      const names = Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, '0')}`)
      const isLive = (sk: string) => ['k07', 'k30', 'k39'].includes(sk)
      for (const sk of names) {
        const expiresAt = isLive(sk) ? undefined : Math.floor(start / 1000) + 600
        await store.commit([{ kind: 'put', key: { pk, sk }, expected: absent, data: sk, expiresAt }])
      }
      const list = async (options: Parameters<Store['list']>[1]) => (await store.list(pk, options)).map(({ sk }) => sk)
      expect(await list({ limit: 1 })).toEqual(['k07'])
      expect(await list({ limit: 2 })).toEqual(['k07', 'k30'])
      expect(await list({ limit: 9 })).toEqual(['k07', 'k30', 'k39'])
      expect(await list({ limit: 1, prefix: 'k', after: 'k07' })).toEqual(['k30'])
      expect(await list({ limit: 0 })).toEqual([])
    })

    // DynamoDB Local is consistent anyway, so the requests themselves are looked at.
    test('every read asks for strong consistency, reading back included', async () => {
      const { store, reads } = await storeBehindProxy(endpoint, table, first('lose the answer'))
      const key = freshKey()
      await store.commit([put(key, 'ours')])
      await store.get([key])
      await store.list(key.pk)
      expect(reads.map((body) => JSON.parse(body).ConsistentRead)).toEqual([true, true, true])
    })

    test('a list reads on until it has what was asked for, in few requests, and then stops', async () => {
      const pk = `p-${randomUUID()}`
      const start = Date.now()
      const expiresAt = Math.floor(start / 1000) + 600
      for (let i = 10; i < 40; i++) {
        const key = { pk, sk: `k${i}` }
        await direct.commit([{ kind: 'put', key, expected: absent, data: i, ...(i < 38 ? { expiresAt } : {}) }])
      }
      const { store, reads } = await storeBehindProxy(
        endpoint,
        table,
        () => 'pass',
        {},
        () => start + 601_000,
      )
      expect((await store.list(pk, { prefix: 'k39', limit: 1 })).map(({ data }) => data)).toEqual([39])
      expect(reads).toHaveLength(1)
      // Pages of 1, 2, 4, 8 and 16 keys pass 28 leftovers.
      expect((await store.list(pk, { limit: 1 })).map(({ data }) => data)).toEqual([38])
      expect(reads).toHaveLength(6)
    })

    test('a prefix and a key to start after hold together, wherever that key lies', async () => {
      const pk = `p-${randomUUID()}`
      for (const sk of ['a#1', 'b#', 'b#1', 'b#2', 'c#1']) await direct.commit([put({ pk, sk }, sk)])
      const listAfter = async (sk: string) =>
        (await direct.list(pk, { prefix: 'b#', after: sk })).map((item) => item.sk)
      expect(await listAfter('a#9')).toEqual(['b#', 'b#1', 'b#2'])
      expect(await listAfter('b')).toEqual(['b#', 'b#1', 'b#2'])
      expect(await listAfter('b#')).toEqual(['b#1', 'b#2'])
      expect(await listAfter('b#10')).toEqual(['b#2'])
      expect(await listAfter('b#2')).toEqual([])
      expect(await listAfter('c')).toEqual([])
    })

    test('an item that no store wrote is an error, not an empty answer', async () => {
      const { pk, sk } = freshKey()
      await connect(endpoint).send(new PutItemCommand({ TableName: table, Item: { pk: { S: pk }, sk: { S: sk } } }))
      await expect(direct.get([{ pk, sk }])).rejects.toThrow('not of this store')
      await expect(direct.list(pk)).rejects.toThrow('not of this store')
    })
  })
}
