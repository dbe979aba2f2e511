import { expect, test } from 'vitest'
import { newSuffix } from '../../core/scheduler/run.ts'
import { absent } from '../../core/store.ts'
import { agent, testPlane } from '../support/plane.ts'

/** So many runs of each agent, at times that differ between them: one has begun more than all the others together. */
async function busy(counts: readonly number[]) {
  const names = counts.map((_, i) => `agent-${i}`)
  const plane = testPlane(names.map((name) => agent(name)))
  const now = plane.world.clock.now()
  for (const [i, name] of names.entries()) {
    for (let k = 0; k < (counts[i] ?? 0); k++) {
      const createdAt = now - k * 60_000 - i * 1000
      const suffix = newSuffix(createdAt, plane.world.random)
      const key = { pk: `runs#${name}`, sk: suffix }
      const data = { agent: name, suffix, state: 'done', createdAt }
      await plane.world.store.commit([{ kind: 'put', key, expected: absent, data }])
    }
  }
  let items = 0
  const { list } = plane.world.store
  plane.world.store.list = async (...args) => {
    const found = await list(...args)
    items += found.length
    return found
  }
  return { plane, names, read: () => items }
}

test.each([
  [[]],
  [[0, 0]],
  [[7]],
  [[200, 1, 0, 3]],
  [[90, 80, 70, 60, 50, 40]],
  [Array(40).fill(9)],
  [[3, ...Array(30).fill(1), 150]],
])('the newest runs of agents with %j runs are the newest of all of them, in order', async (counts) => {
  const { plane, names } = await busy(counts)
  const all = (await Promise.all(names.map((name) => plane.history(name, { limit: 1000 })))).flat()
  const inOrder = all.map(({ suffix }) => suffix).sort()
  for (const limit of [1, 50, 200]) {
    const found = await plane.newestRuns(names, limit)
    expect(found.map(({ suffix }) => suffix)).toEqual(inOrder.slice(0, limit))
  }
})

test('of many agents only a few runs each are read', async () => {
  const { plane, names, read } = await busy(Array(60).fill(60))
  expect(await plane.newestRuns(names, 50)).toHaveLength(50)
  expect(read()).toBeLessThan(60 * 12)
})
