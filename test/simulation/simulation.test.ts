import { expect, test } from 'vitest'
import { simulate } from './simulation.ts'

/** Histories that have shown a mistake once, here or in the simulation itself. */
const past = [1, 11, 40, 187, 20049]

const groups = Array.from({ length: 12 }, (_, group) => group)
const seedsPerGroup = 50

test.each(past)('the invariants hold in the history of seed %i, which has shown a mistake once', async (seed) => {
  expect((await simulate({ seed })).violation).toBeUndefined()
})

test.each(groups)(
  'the invariants hold after every step, group %i of random histories',
  { timeout: 120_000 },
  async (group) => {
    for (let seed = 1; seed <= seedsPerGroup; seed++) {
      const { violation } = await simulate({ seed: 1000 * (group + 1) + seed })
      expect(violation, `npm run sim -- --from ${1000 * (group + 1) + seed} --seeds 1`).toBeUndefined()
    }
  },
)

test('the same seed is the same history', async () => {
  const [one, other] = [await simulate({ seed: 7, traced: true }), await simulate({ seed: 7, traced: true })]
  // The versions of items are random and appear nowhere.
  expect(one.trace).toEqual(other.trace)
  expect(one.trace.length).toBeGreaterThan(100)
})

test('histories show every way a run can end, relaunches, reruns, calls and limits', async () => {
  const seen = new Set<string>()
  let limitsReached = 0
  for (let seed = 1; seed <= 60; seed++) {
    const outcome = await simulate({ seed })
    limitsReached += outcome.limitsReached
    for (const run of outcome.history) {
      seen.add(`outcome ${run.outcome}`).add(`trigger ${run.trigger.kind}`)
      if (run.attempt > 1) seen.add('relaunched')
      if (run.rerun > 0) seen.add('rerun')
      if (run.chain.length > 1) seen.add('call of a call')
      if (run.lock !== undefined) seen.add('locked')
    }
  }
  const outcomes = ['completed', 'rerun', 'error', 'killed', 'timeout', 'lost', 'budget_exceeded'].map(
    (outcome) => `outcome ${outcome}`,
  )
  const triggers = ['tick', 'webhook', 'call', 'retry'].map((trigger) => `trigger ${trigger}`)
  expect([...seen]).toEqual(
    expect.arrayContaining([...outcomes, ...triggers, 'relaunched', 'rerun', 'call of a call', 'locked']),
  )
  expect(limitsReached).toBeGreaterThan(10)
})
