import { expect, test } from 'vitest'
import type { AgentRule } from '../../core/plan/decisions.ts'
import type { Usage } from '../../core/scheduler/run.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import { agent, idOf, manual, testPlane, webhook } from '../support/plane.ts'

const used = (cost: number, turnCount = 1): Usage => ({
  inputTokens: 100 * turnCount,
  outputTokens: 10 * turnCount,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  totalTokens: 110 * turnCount,
  cost,
  turnCount,
})

const limited = (limits: AgentRule['limits'], more: Partial<AgentRule> = {}) => agent('dev', { limits, ...more })
const day = '2026-11-21'

test('runs of a day are counted as they start, and no more start than the limit says', async () => {
  const plane = testPlane([limited({ maxRunsPerDay: 2 }, { scale: 5 })])
  await plane.trigger(manual('dev'))
  await plane.trigger(manual('dev'))
  const limit = { scope: 'agent', agent: 'dev', what: 'maxRunsPerDay', limit: 2, spent: 2, day }
  expect(await plane.trigger(manual('dev'))).toEqual({ kind: 'refused', why: 'budget', limit })
  expect((await plane.overview()).limits).toEqual([limit])
  expect(plane.launched).toHaveLength(2)
})

test('a new day, in UTC, begins at nothing', async () => {
  const plane = testPlane([limited({ maxRunsPerDay: 1 }, { scale: 5 })], { start: Date.UTC(2026, 10, 21, 23, 59, 30) })
  await plane.trigger(manual('dev'))
  expect((await plane.trigger(manual('dev'))).kind).toBe('refused')
  plane.wait(31)
  expect((await plane.trigger(manual('dev'))).kind).toBe('started')
  expect((await plane.overview()).limits).toMatchObject([{ day: '2026-11-22', spent: 1 }])
})

test('a delivery that finds a limit reached is recorded with why, is not made twice, and can be retried the next day', async () => {
  const plane = testPlane([limited({ maxRunsPerDay: 1 }, { scale: 5 })])
  await plane.trigger(manual('dev'))
  const answer = await plane.trigger(webhook('dev', 'd1'))
  const run = idOf(answer)
  expect(answer).toMatchObject({ kind: 'budget_exceeded', limit: { what: 'maxRunsPerDay' } })
  expect(await plane.trigger(webhook('dev', 'd1'))).toEqual({ kind: 'duplicate', run })
  expect(await plane.run(run)).toMatchObject({
    state: 'done',
    outcome: 'budget_exceeded',
    reason: 'maxRunsPerDay of agent "dev": 1 of 1 runs started on 2026-11-21 (UTC)',
  })
  const ref = { agent: 'dev', suffix: run.slice(-20) }
  expect(await plane.retry(ref)).toMatchObject({ kind: 'refused', why: 'budget' })
  plane.wait(24 * 3600)
  expect(await plane.retry(ref)).toMatchObject({ kind: 'started' })
})

test('what waits for a slot when the limit is reached ends with why, and nothing is left in the queue', async () => {
  const plane = testPlane([limited({ maxRunsPerDay: 1 })])
  await plane.trigger(webhook('dev', 'd0'))
  const waiting: string[] = []
  for (let i = 1; i <= 20; i++) waiting.push(idOf(await plane.trigger(webhook('dev', `d${i}`))))
  await plane.finish(await plane.claimed(), { outcome: 'completed' })
  for (const id of waiting) expect(await plane.run(id)).toMatchObject({ state: 'done', outcome: 'budget_exceeded' })
  expect((await plane.overview()).agents).toMatchObject([{ running: 0, queued: 0 }])
})

test('a tick that finds a limit reached is skipped for good, and says why when it is told again', async () => {
  const schedule = { line: '* * * * *', timezone: 'UTC' }
  const plane = testPlane([limited({ maxRunsPerDay: 1 }, { scale: 5, schedule })])
  await plane.trigger(manual('dev'))
  const at = plane.world.clock.now()
  expect(await plane.tick('dev', at)).toMatchObject({ kind: 'skipped', why: 'budget' })
  expect(await plane.tick('dev', at)).toMatchObject({
    kind: 'duplicate',
    skipped: expect.stringContaining('maxRunsPerDay'),
  })
})

test('a call of an agent whose limit is reached is refused with the limit', async () => {
  const plane = testPlane([limited({ maxRunsPerDay: 1 }, { scale: 5 }), agent('caller')])
  await plane.trigger(manual('dev'))
  await plane.trigger(manual('caller'))
  const session = await plane.claimed()
  expect(await plane.createCall(session, { target: 'dev', context: 'x' })).toMatchObject({
    kind: 'refused',
    why: 'budget',
    limit: { limit: 1, spent: 1 },
  })
})

test('a chain of reruns ends where the runs of the day do', async () => {
  const plane = testPlane([limited({ maxRunsPerDay: 2 })])
  await plane.trigger(manual('dev'))
  expect(await plane.finish(await plane.claimed(), { outcome: 'rerun' })).toHaveProperty('next')
  expect(await plane.finish(await plane.claimed(), { outcome: 'rerun' })).not.toHaveProperty('next')
  expect(plane.launched).toHaveLength(2)
})

test('what a run reports is added once, however often it is reported and in whatever order', async () => {
  const plane = testPlane([limited({ maxCostPerDay: 10 })])
  await plane.trigger(manual('dev'))
  const session = await plane.claimed()
  for (const report of [used(1), used(1), used(3, 2), used(1), used(3, 2)]) await plane.heartbeat(session, report)
  await plane.finish(session, { outcome: 'completed', usage: used(4, 3) })
  await plane.finish(session, { outcome: 'completed', usage: used(9, 3) })
  expect(await plane.readDay(day)).toMatchObject({ agents: { dev: { runs: 1, cost: 4, tokens: 330 } } })
})

test('what a lost run has reported stays spent', async () => {
  const plane = testPlane([limited({ maxCostPerDay: 10 })])
  await plane.trigger(manual('dev'))
  const session = await plane.claimed()
  await plane.heartbeat(session, used(2))
  plane.wait(700)
  await plane.sweep()
  expect(await plane.readDay(day)).toMatchObject({ project: { runs: 1, cost: 2 } })
})

test('without a limit a day is counted as runs end, so that it can be looked at', async () => {
  const plane = testPlane([agent('dev'), agent('ops')])
  for (const name of ['dev', 'ops']) {
    await plane.trigger(manual(name))
    await plane.finish(await plane.claimed(), { outcome: 'completed', usage: used(0.1) })
  }
  expect(await plane.readDay(day)).toEqual({
    day,
    agents: { dev: { runs: 1, cost: 0.1, tokens: 110 }, ops: { runs: 1, cost: 0.1, tokens: 110 } },
    project: { runs: 2, cost: 0.2, tokens: 220 },
  })
})

test('R6: a turn is granted while the day has not reached its limit, of the agent or of the project, and not after', async () => {
  const plane = testPlane([limited({ maxCostPerDay: 2 }, { scale: 2 }), agent('ops')], { limits: { maxCostPerDay: 3 } })
  await plane.trigger(manual('dev'))
  const dev = await plane.claimed()
  expect(await plane.heartbeat(dev)).not.toHaveProperty('overBudget')
  expect(await plane.heartbeat(dev, used(1.9))).not.toHaveProperty('overBudget')
  const over = 'maxCostPerDay of agent "dev": $2.10 of $2.00 spent on 2026-11-21 (UTC)'
  expect(await plane.heartbeat(dev, used(2.1, 2))).toMatchObject({ overBudget: over })

  await plane.trigger(manual('ops'))
  const ops = await plane.claimed()
  expect(await plane.heartbeat(ops, used(0.8))).not.toHaveProperty('overBudget')
  expect(await plane.heartbeat(ops, used(0.9, 2))).toMatchObject({
    overBudget: 'maxCostPerDay of the project: $3.00 of $3.00 spent on 2026-11-21 (UTC)',
  })
  expect(await plane.trigger(manual('dev'))).toMatchObject({ kind: 'refused', why: 'budget' })
})

test('a limit of the project that is set in the middle of a day goes by what was spent before', async () => {
  const plane = testPlane([agent('dev'), agent('ops')])
  await plane.trigger(manual('dev'))
  await plane.finish(await plane.claimed(), { outcome: 'completed', usage: used(5) })
  const later = testPlane([agent('dev'), agent('ops')], {
    limits: { maxCostPerDay: 4 },
    store: () => plane.world.store,
  })
  expect(await later.trigger(manual('ops'))).toMatchObject({
    kind: 'refused',
    limit: { scope: 'project', limit: 4, spent: 5 },
  })
})

test('a limit is warned of once when it is used to 80 %, and once when it is reached', async () => {
  const warnings: unknown[] = []
  const plane = testPlane([limited({ maxCostPerDay: 10 })], {
    log: (level, message, fields) => level === 'warn' && warnings.push([message, fields?.spent]),
  })
  await plane.trigger(manual('dev'))
  const session = await plane.claimed()
  for (const cost of [7.9, 8, 8.5, 8.5, 10.2, 10.2, 11]) await plane.heartbeat(session, used(cost))
  await plane.finish(session, { outcome: 'budget_exceeded', usage: used(11), reason: 'maxCostPerDay' })
  expect(warnings).toEqual([
    ['a limit is used to 80 %', 8],
    ['a limit is reached: nothing more starts today (UTC)', 10.2],
  ])
})

test('a run that a limit ends says so in its outcome, and is not run again', async () => {
  const plane = testPlane([agent('dev')])
  const run = idOf(await plane.trigger(manual('dev')))
  await plane.finish(await plane.claimed(), { outcome: 'budget_exceeded', code: 17, reason: 'maxTurns: 5 of 5' })
  expect(await plane.run(run)).toMatchObject({ outcome: 'budget_exceeded', code: 17, reason: 'maxTurns: 5 of 5' })
  expect(plane.launched).toHaveLength(1)
})

test('a rerun does not begin when what the run has used itself brings the day to its limit', async () => {
  const plane = testPlane([limited({ maxCostPerDay: 2 })])
  await plane.trigger(manual('dev'))
  expect(await plane.finish(await plane.claimed(), { outcome: 'rerun', usage: used(2) })).not.toHaveProperty('next')
  expect(plane.launched).toHaveLength(1)
})

test('a run that began before runs were limited counts, before it goes on', async () => {
  const store = memoryStore(() => Date.UTC(2026, 10, 21, 10))
  const before = testPlane([agent('dev')], { store: () => store })
  await before.trigger(manual('dev'))
  const session = await before.claimed()
  const plane = testPlane([limited({ maxRunsPerDay: 1 })], { store: () => store })
  expect(await plane.finish(session, { outcome: 'rerun' })).not.toHaveProperty('next')
  expect(await plane.readDay(day)).toMatchObject({ agents: { dev: { runs: 1 } } })
})
