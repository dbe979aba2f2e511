import { randomUUID } from 'node:crypto'
import {
  type DynamoDBClientConfig,
  ResourceNotFoundException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { absent, type Key, type Store, type Write } from '../../core/store.ts'
import { dynamoDbStore } from '../../functions/stores/dynamodb.ts'
import { first, storeBehindProxy } from '../support/dynamodb-behind.ts'
import {
  cancelled,
  internalError,
  type OnWrite,
  startProxy,
  throttled,
  transactionConflict,
} from '../support/dynamodb-proxy.ts'
import { connect, freshTable } from '../support/dynamodb-table.ts'
import { storeSuite } from './store-suite.ts'

const endpoint = process.env.AL_DYNAMODB_ENDPOINT

if (endpoint === undefined) {
  test.skip('DynamoDB store (AL_DYNAMODB_ENDPOINT is not set: scripts/dynamodb-local.sh says how to start one)', () => {})
} else {
  againstDynamoDb(endpoint)
}

function againstDynamoDb(endpoint: string): void {
  let created: ReturnType<typeof freshTable> | undefined
  const createTable = async () => {
    created ??= freshTable(endpoint)
    return (await created).table
  }
  afterAll(async () => (await created)?.drop())

  storeSuite({
    name: 'DynamoDB',
    rounds: process.env.CI ? 2000 : 320,
    async open(now) {
      return dynamoDbStore({ table: await createTable(), now, client: connect(endpoint) })
    },
  })

  describe('DynamoDB store, beyond the suite', () => {
    let direct: Store
    let table: string
    beforeAll(async () => {
      table = await createTable()
      direct = dynamoDbStore({ table, client: connect(endpoint) })
    })
    const put = (key: Key, data: unknown, expected = absent): Write => ({ kind: 'put', key, expected, data })
    const storeBehind = (onWrite: OnWrite, options?: DynamoDBClientConfig) =>
      storeBehindProxy(endpoint, table, onWrite, options)
    const freshKey = (): Key => ({ pk: `p-${randomUUID()}`, sk: 'a' })
    const dataOf = async (...keys: Key[]) => (await direct.get(keys)).map(({ data }) => data)
    const expectedOf = async (key: Key) => (await direct.get([key]))[0]?.expected ?? absent

    /** One put, and several: they are different requests to DynamoDB, and keep the same promises. */
    const shapes = [
      ['a put', 1],
      ['a transaction', 3],
    ] as const
    const overwrite = async (keys: readonly Key[]) => {
      for (const key of keys) await direct.commit([put(key, 'theirs', await expectedOf(key))])
    }
    const keysFor = (count: number) => {
      const { pk } = freshKey()
      return Array.from({ length: count }, (_, i) => ({ pk, sk: `k${i}` }))
    }
    const patient = { maxAttempts: 3 }

    for (const [shape, count] of shapes) {
      test(`${shape} whose answer was lost is ok`, async () => {
        const keys = keysFor(count)
        const { store, writes } = await storeBehind(first('lose the answer'))
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('ok')
        expect(await dataOf(...keys)).toEqual(Array(count).fill('ours'))
        expect(writes).toHaveLength(1)
      })

      test(`${shape} whose answer comes too late is ok`, async () => {
        const keys = keysFor(count)
        const { store } = await storeBehind(first('keep the answer'), {
          requestHandler: { requestTimeout: 300, throwOnRequestTimeout: true },
        })
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('ok')
        expect(await dataOf(...keys)).toEqual(Array(count).fill('ours'))
      })

      test(`${shape} that never reached the store is a conflict and wrote nothing`, async () => {
        const keys = keysFor(count)
        const { store } = await storeBehind(first('lose the request'))
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('conflict')
        expect(await dataOf(...keys)).toEqual(Array(count).fill(undefined))
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('ok')
      })

      test(`${shape} that failed, whose answer was lost, is a conflict`, async () => {
        const keys = keysFor(count)
        for (const key of keys) await direct.commit([put(key, 'theirs')])
        const { store } = await storeBehind(first('lose the answer'))
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('conflict')
        expect(await dataOf(...keys)).toEqual(Array(count).fill('theirs'))
      })

      // The SDK's second try finds the version that the first one wrote, and DynamoDB says that the condition failed.
      test(`${shape} that the SDK repeats after it was done is ok, and done once`, async () => {
        const keys = keysFor(count)
        const { store, writes } = await storeBehind(first('lose the answer'), patient)
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('ok')
        expect(writes).toHaveLength(2)
        expect(await dataOf(...keys)).toEqual(Array(count).fill('ours'))
      })

      // What another wrote on top of ours is never taken for ours; that ours was there is for the caller to find out.
      test(`${shape} that was written over before it could be read back is a conflict, and what is there stays`, async () => {
        const keys = keysFor(count)
        const { store } = await storeBehind(first({ to: 'lose the answer', meanwhile: () => overwrite(keys) }))
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('conflict')
        expect(await dataOf(...keys)).toEqual(Array(count).fill('theirs'))
      })

      test(`${shape} that the SDK repeats after it was written over does not write again`, async () => {
        const keys = keysFor(count)
        const fate = first({ to: 'lose the answer', meanwhile: () => overwrite(keys) })
        const { store, writes } = await storeBehind(fate, patient)
        // DynamoDB remembers the token of a transaction; of a put it only knows that the condition fails.
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe(count === 1 ? 'conflict' : 'ok')
        expect(writes).toHaveLength(2)
        expect(await dataOf(...keys)).toEqual(Array(count).fill('theirs'))
      })

      test(`${shape} that is throttled is sent again, as the same request`, async () => {
        const keys = keysFor(count)
        const { store, writes } = await storeBehind((n) => (n <= 2 ? throttled : 'pass'))
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('ok')
        expect(writes).toHaveLength(3)
        expect(new Set(writes).size).toBe(1)
        expect(await dataOf(...keys)).toEqual(Array(count).fill('ours'))
      })

      test(`${shape} that stays throttled is an error, and wrote nothing`, async () => {
        const keys = keysFor(count)
        const { store } = await storeBehind(() => throttled)
        await expect(store.commit(keys.map((key) => put(key, 'ours')))).rejects.toThrow('slow down')
        expect(await dataOf(...keys)).toEqual(Array(count).fill(undefined))
      })

      test(`${shape} that was done, and whose repetitions are throttled, is ok`, async () => {
        const keys = keysFor(count)
        const { store } = await storeBehind((n) => (n === 1 ? 'lose the answer' : throttled), { maxAttempts: 2 })
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('ok')
      })

      test(`${shape} that was done, and whose repetition meets a transaction, is ok`, async () => {
        const keys = keysFor(count)
        const meets = count === 1 ? transactionConflict : cancelled('TransactionConflict', 'None', 'None')
        const { store } = await storeBehind((n) => (n === 1 ? 'lose the answer' : meets), patient)
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('ok')
      })

      test(`${shape} that meets a transaction is a conflict`, async () => {
        const keys = keysFor(count)
        const meets = count === 1 ? transactionConflict : cancelled('None', 'TransactionConflict', 'None')
        const { store } = await storeBehind(() => meets)
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('conflict')
        expect(await dataOf(...keys)).toEqual(Array(count).fill(undefined))
      })

      test(`${shape} answered with an internal error is settled by reading`, async () => {
        for (const [fate, answer] of [
          ['lose the answer', 'ok'],
          ['lose the request', 'conflict'],
        ] as const) {
          const keys = keysFor(count)
          const { store } = await storeBehind((n) => (n === 1 ? fate : internalError), { maxAttempts: 2 })
          expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe(answer)
        }
      })

      test(`${shape} to a table that is not there is an error`, async () => {
        const store = dynamoDbStore({ table: 'none', client: connect(endpoint) })
        const commit = store.commit(keysFor(count).map((key) => put(key, 'ours')))
        await expect(commit).rejects.toBeInstanceOf(ResourceNotFoundException)
      })
    }

    test('a transaction cancelled for want of room is sent again under the same token', async () => {
      for (const reason of ['ThrottlingError', 'ProvisionedThroughputExceeded']) {
        const keys = keysFor(3)
        const { store, writes } = await storeBehind(first(cancelled('None', reason, 'None')))
        expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('ok')
        expect(writes).toHaveLength(2)
        expect(new Set(writes).size).toBe(1)
      }
    })

    test('a transaction cancelled for any other reason is an error, whatever else was wrong', async () => {
      for (const reason of ['ValidationError', 'ItemCollectionSizeLimitExceeded']) {
        const keys = keysFor(3)
        const { store, writes } = await storeBehind(first(cancelled('ConditionalCheckFailed', reason, 'None')))
        const commit = store.commit(keys.map((key) => put(key, 'ours')))
        await expect(commit).rejects.toBeInstanceOf(TransactionCanceledException)
        expect(writes).toHaveLength(1)
        expect(await dataOf(...keys)).toEqual([undefined, undefined, undefined])
      }
    })

    test('a transaction repeated when its token is forgotten knows itself by what it wrote', async () => {
      const keys = keysFor(3)
      // To DynamoDB a token of eleven minutes ago is one it has never seen, as a new one is.
      const { store, writes } = await storeBehind((n, body) => {
        const as = JSON.stringify({ ...JSON.parse(body), ClientRequestToken: randomUUID() })
        return { to: n === 1 ? 'lose the answer' : 'pass', as }
      }, patient)
      expect(await store.commit(keys.map((key) => put(key, 'ours')))).toBe('ok')
      expect(writes).toHaveLength(2)
    })

    test('a store that makes its own client notices an answer that never comes', async () => {
      const key = freshKey()
      const proxy = await startProxy(endpoint, first('keep the answer'))
      vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', proxy.endpoint)
      vi.stubEnv('AWS_REGION', 'us-east-1')
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'dummy')
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'dummy')
      const store = dynamoDbStore({ table })
      onTestFinished(async () => {
        vi.unstubAllEnvs()
        await store.close()
        await proxy.close()
      })
      expect(await store.commit([put(key, 'ours')])).toBe('ok')
      expect(proxy.writes).toHaveLength(2)
      expect(await dataOf(key)).toEqual(['ours'])
    })
  })
}
