import type { Store } from '../../core/store.ts'
import { dynamoDbStore } from '../../functions/stores/dynamodb.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import { connect, freshTable } from './dynamodb-table.ts'
import { countUnits, type Units } from './dynamodb-units.ts'
import { agent, type TestPlane, testPlane, webhook } from './plane.ts'

/** One step of a run, and the units it consumed. */
export interface Step extends Units {
  readonly what: string
}

/** A context as GitHub's events make it: three kilobytes, which compress to one or two. */
const context = JSON.stringify({
  source: 'github',
  event: 'issues',
  action: 'labeled',
  repo: 'acme/app',
  title: 'The export of large tables fails',
  body: Array.from({ length: 60 }, (_, i) => `Line ${i} of the issue says ${(i * 7919) % 1000} things.`).join('\n'),
})

interface RunOptions {
  readonly projectScale?: boolean
}

const usage = {
  ...{ inputTokens: 52_000, outputTokens: 1800, cacheReadTokens: 40_000, cacheWriteTokens: 9000, totalTokens: 102_800 },
  ...{ cost: 0.2412, turnCount: 14 },
}

/** Request units of a webhook run of a minute that takes one lock, on a DynamoDB engine; step by step, with its sum. */
export async function unitsOfARun(endpoint: string, options: RunOptions = {}): Promise<Step[]> {
  const { table, drop } = await freshTable(endpoint)
  const client = connect(endpoint, { requestHandler: { throwOnRequestTimeout: true, requestTimeout: 5000 } })
  const units = countUnits(client)
  const steps = await stepsOfARun(units, (now) => dynamoDbStore({ table, client, now }), options)
  client.destroy()
  await drop()
  return steps
}

/**
 * The same in documents that Firestore bills. Source: "Understand Firestore billing": a read per document that is asked for
 * or found, at least one per query; a write per document that is set, and a tenth of one for a deletion, counted whole here.
 */
export async function documentsOfARun(options: RunOptions = {}): Promise<Step[]> {
  const units: Units = { read: 0, write: 0 }
  const counted = (store: Store): Store => ({
    ...store,
    async get(keys) {
      units.read += keys.length
      return await store.get(keys)
    },
    async list(pk, range) {
      const items = await store.list(pk, range)
      units.read += Math.max(1, items.length)
      return items
    },
    async commit(writes) {
      const result = await store.commit(writes)
      if (result === 'ok') units.write += writes.length
      return result
    },
  })
  return await stepsOfARun(units, (now) => counted(memoryStore(now)), options)
}

async function stepsOfARun(
  units: Units,
  store: (now: () => number) => Store,
  { projectScale = false }: RunOptions,
): Promise<Step[]> {
  const plane: TestPlane = testPlane([agent('a-reviewer')], { store, limits: projectScale ? { scale: 4 } : {} })
  const steps: Step[] = []
  const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const { read, write } = units
    const answer = await work()
    steps.push({ what, read: units.read - read, write: units.write - write })
    return answer
  }
  await step('sweep at rest', () => plane.sweep())
  const atRest = steps.length
  await step('webhook: input, trigger', () => plane.trigger(webhook('a-reviewer', 'd1', context)))
  const session = await step('claim', () => plane.claimed())
  const key = 'github issue acme/app#42'
  await step('lock acquire', () => plane.acquireLock(session, { key }))
  await step('sweep', () => plane.sweep())
  await step('2 polls', async () => {
    await plane.poll(session)
    await plane.poll(session)
  })
  await step('heartbeat', () => plane.heartbeat(session))
  await step('lock release', () => plane.releaseLock(session, { key }))
  await step('finish, drain', () => plane.finish(session, { outcome: 'completed', code: 0, usage }))
  const sum = (unit: keyof Units) => steps.slice(atRest).reduce((total, one) => total + one[unit], 0)
  steps.push({ what: 'sum of a run', read: sum('read'), write: sum('write') })
  return steps
}
