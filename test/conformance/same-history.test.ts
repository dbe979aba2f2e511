import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Finish } from '../../core/scheduler/finish.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import type { Usage } from '../../core/scheduler/run.ts'
import type { Session } from '../../core/scheduler/session.ts'
import type { Store } from '../../core/store.ts'
import { dynamoDbStore } from '../../functions/stores/dynamodb.ts'
import { firestoreStore } from '../../functions/stores/firestore.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import { sqliteStore } from '../../functions/stores/sqlite.ts'
import { randomFrom } from '../simulation/random.ts'
import { connect, dynamoDbEndpoint, freshTable } from '../support/dynamodb-table.ts'
import { agent, testPlane, webhook } from '../support/plane.ts'

const directory = mkdtempSync(join(tmpdir(), 'al-same-history-'))
afterAll(() => rmSync(directory, { recursive: true }))

/**
 * A random program of commands, one after the other, and everything they answer. The seed decides all of it: the project
 * has no scale, since then a sweep's agents, which it looks at side by side, have nothing to do with each other.
 */
async function history(seed: number, store: (now: () => number) => Store): Promise<string[]> {
  const random = randomFrom(seed)
  const plane = testPlane(
    [agent('a', { scale: 2 }), agent('b', { timeoutSeconds: 120 }), agent('c', { compute: 'lambda' })],
    { store, random: idsApart(seed), limits: { workQueueSize: 3 } },
  )
  const lines: string[] = []
  const sessions: Session[] = []
  const say = (what: string, answer: unknown) => lines.push(`${what} ${JSON.stringify(answer, withoutSecrets)}`)
  for (let step = 0; step < 60; step++) {
    const name = random.pick(['a', 'b', 'c'])
    const session = sessions.length > 0 ? random.pick(sessions) : undefined
    const key = random.pick(['x', 'y'])
    const what = random.between(1, 12)
    plane.wait(random.pick([0, 1, 30, 120, 700]))
    if (what <= 3) say('trigger', await plane.trigger(webhook(name, `d${random.between(1, 9)}`, '"x"'.repeat(700))))
    else if (what <= 5) {
      const order = plane.launched.length === 0 ? undefined : random.pick(plane.launched.toSorted(byRun))
      const claimed = await plane.claimed('container 1', order).catch(() => undefined)
      if (claimed !== undefined) sessions.push(claimed)
      say('claim', claimed)
    } else if (what === 6) await plane.sweep()
    else if (what === 7) await (random.chance(0.5) ? plane.pauseAgent(name) : plane.resumeAgent(name))
    else if (session === undefined) continue
    else if (what === 8) say('acquire', await plane.acquireLock(session, { key, ttl: 60 }))
    else if (what === 9) say('release', await plane.releaseLock(session, { key }))
    else if (what === 10) say('call', await plane.createCall(session, { target: name, context: 'c' }))
    else if (what === 11) say('finish', await plane.finish(session, ending(random.between(0, 5))))
    else say('heartbeat', await plane.heartbeat(session, used(random.between(1, 9))))
    say('all', await plane.overview())
  }
  for (const name of ['a', 'b', 'c']) say(name, await plane.history(name))
  say('day', await plane.readDay('2026-11-21'))
  return lines
}

/** What a run has used after so many turns. */
const used = (turnCount: number): Usage => ({
  ...{ inputTokens: 0, outputTokens: turnCount, cacheReadTokens: 0, cacheWriteTokens: 0, totalTokens: turnCount },
  ...{ cost: turnCount / 10, turnCount },
})

const ending = (turns: number): Finish => ({ outcome: 'completed', result: 'r'.repeat(1500), usage: used(turns) })

/** A sweep works side by side, so which agent's runs it launches first depends on the store. */
const byRun = (a: LaunchOrder, b: LaunchOrder): number =>
  a.run < b.run ? -1 : a.run > b.run ? 1 : a.attempt - b.attempt

/** A sweep works side by side, so who draws a ticket first depends on the store; ids are drawn one after the other. */
function idsApart(seed: number): (bytes: number) => Uint8Array {
  const streams = new Map<number, ReturnType<typeof randomFrom>>()
  return (bytes) => {
    const stream = streams.get(bytes) ?? randomFrom(seed + bytes)
    streams.set(bytes, stream)
    return stream.bytes(bytes)
  }
}

const withoutSecrets = (name: string, value: unknown) =>
  name === 'tickets' ? (value as unknown[]).length : name === 'session' || name === 'hash' ? undefined : value

const seeds = [1, 2, 3, 4, 5, 6]

test.each(seeds)('D7: one random program has the same history in memory and on SQLite (%i)', async (seed) => {
  const expected = await history(seed, memoryStore)
  expect(expected.length).toBeGreaterThan(60)
  const file = join(directory, `${randomUUID()}.db`)
  expect(await history(seed, (now) => sqliteStore({ file, now }))).toEqual(expected)
})

test.skipIf(dynamoDbEndpoint === undefined).each(seeds)('… and on DynamoDB (%i)', async (seed) => {
  const endpoint = dynamoDbEndpoint ?? ''
  const { table, drop } = await freshTable(endpoint)
  const client = connect(endpoint, { requestHandler: { throwOnRequestTimeout: true, requestTimeout: 5000 } })
  expect(await history(seed, (now) => dynamoDbStore({ table, client, now }))).toEqual(await history(seed, memoryStore))
  client.destroy()
  await drop()
})

test.skipIf(process.env.FIRESTORE_EMULATOR_HOST === undefined).each(seeds)('… and on Firestore (%i)', async (seed) => {
  const project = `al-${randomUUID()}`
  expect(await history(seed, (now) => firestoreStore({ project, now }))).toEqual(await history(seed, memoryStore))
})
