import { expect, test } from 'vitest'
import { hashOf } from '../../core/scheduler/run.ts'
import { parseSecret } from '../../core/scheduler/session.ts'
import { absent, type Write } from '../../core/store.ts'
import { agent, manual, testPlane, webhook } from '../support/plane.ts'

// Items as 0.1 wrote them, before there were limits and breakers: a project is updated while its runs are at work.
const now = Date.UTC(2026, 10, 21, 10)
const suffix = (mark: string) => `0n1p2q3r4${mark.padStart(11, '0')}`
const run = (mark: string, data: object): Write => ({
  kind: 'put',
  key: { pk: 'runs#dev', sk: suffix(mark) },
  expected: absent,
  data: {
    ...{ agent: 'dev', suffix: suffix(mark), trigger: { kind: 'manual' }, chain: [], rerun: 0, calls: 0 },
    ...{ attempt: 1, tickets: [], compute: 'fargate', createdAt: now - 60_000, ...data },
  },
})
const secret = `dev-${suffix('a')}.${'s'.repeat(43)}`
const usage = {
  ...{ inputTokens: 90, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, totalTokens: 100 },
  ...{ cost: 1.5, turnCount: 2 },
}
const entry = `dev#${String(now - 60_000).padStart(15, '0')}#${suffix('b')}`
const old: readonly Write[] = [
  {
    ...{ kind: 'put', key: { pk: 'project', sk: '-' }, expected: absent },
    data: { active: 1, blocked: { 'anthropic/claude': now + 3600_000 } },
  },
  { kind: 'put', key: { pk: 'live', sk: 'dev#!0' }, expected: absent, data: { active: [suffix('a')] } },
  { kind: 'put', key: { pk: 'live', sk: entry }, expected: absent, data: { until: now + 3600_000 } },
  run('a', {
    ...{ state: 'running', startedAt: now - 50_000, claimedAt: now - 40_000, session: hashOf(secret), usage },
    ...{ leaseUntil: now + 500_000, deadline: now + 3600_000, container: 'c' },
  }),
  run('b', { state: 'queued', attempt: 0, entry, trigger: { kind: 'webhook', source: 'github', event: 'issues' } }),
]

test('runs, queues and a refused model that an older version has written are taken over', async () => {
  const limits = { maxCostPerDay: 10, maxRunsPerDay: 5, scale: 4 }
  const plane = testPlane([agent('dev', { limits: { maxCostPerDay: 5 } })], { limits, start: now })
  for (const write of old) expect(await plane.world.store.commit([write])).toBe('ok')

  expect(await plane.overview()).toMatchObject({ paused: false, breakers: {}, agents: [{ running: 1, queued: 1 }] })
  const session = parseSecret(secret)
  if (session === undefined) throw new Error('not a secret')
  expect(await plane.heartbeat(session, { ...usage, cost: 2, turnCount: 3 })).not.toHaveProperty('overBudget')
  await plane.finish(session, { outcome: 'completed', usage: { ...usage, cost: 2.5, turnCount: 4 } })
  const day = await plane.readDay('2026-11-21')
  // All that it has used, once; and the run that has started in its place.
  expect(day).toMatchObject({ project: { runs: 2, cost: 2.5, tokens: 100 }, agents: { dev: { runs: 2, cost: 2.5 } } })
  expect(plane.launched.map((order) => order.suffix)).toEqual([suffix('b')])
  expect(await plane.trigger(webhook('dev', 'd1'))).toMatchObject({ kind: 'queued' })
  await plane.finish(await plane.claimed(), { outcome: 'error', modelRefused: 'quota' })
  expect((await plane.overview()).breakers).toHaveProperty(['anthropic/claude'])
  expect(await plane.trigger(manual('dev'))).toMatchObject({ kind: 'refused', why: 'blocked' })
})
