import { expect, test } from 'vitest'
import { agent, idOf, manual, testPlane, webhook } from '../support/plane.ts'

test('T1: one delivery makes one run per agent, however often and however concurrently it comes', async () => {
  const plane = testPlane([agent('dev', { scale: 5 }), agent('ops')])
  const answers = await Promise.all(
    ['dev', 'ops'].flatMap((name) => Array.from({ length: 16 }, () => plane.trigger(webhook(name, 'd1')))),
  )
  expect(answers.filter(({ kind }) => kind === 'started')).toHaveLength(2)
  expect(new Set(answers.map(idOf)).size).toBe(2)
  expect(plane.launched.map((order) => order.agent.name).sort()).toEqual(['dev', 'ops'])
})

test('T2: a delivery that was refused leaves nothing behind, so that its redelivery counts', async () => {
  const plane = testPlane([agent('dev')], { limits: { workQueueSize: 1 } })
  await plane.trigger(webhook('dev', 'd1'))
  await plane.trigger(webhook('dev', 'd2'))
  expect(await plane.trigger(webhook('dev', 'd3'))).toEqual({ kind: 'refused', why: 'full' })
  await plane.finish(await plane.claimed(), { outcome: 'completed' })
  expect(await plane.trigger(webhook('dev', 'd3'))).toMatchObject({ kind: 'queued' })
})

test('Q2: who waits starts in order, and nobody goes past them', async () => {
  const plane = testPlane([agent('dev')])
  const first = await plane.trigger(webhook('dev', 'd1'))
  const waiting = [await plane.trigger(webhook('dev', 'd2')), await plane.trigger(webhook('dev', 'd3'))]
  expect(await plane.tick('dev', plane.world.clock.now())).toMatchObject({ kind: 'skipped' })
  expect(await plane.trigger(manual('dev'))).toEqual({ kind: 'refused', why: 'busy' })
  for (const _ of [1, 2, 3]) await plane.finish(await plane.claimed(), { outcome: 'completed' })
  expect(plane.launched.map(({ run }) => run)).toEqual([first, ...waiting].map(idOf))
})

test('Q3: runs of all agents together stay within the scale of the project; who has waited longest is next', async () => {
  const plane = testPlane([agent('a', { scale: 3 }), agent('b', { scale: 3 })], { limits: { scale: 2 } })
  for (const [name, id] of [
    ['a', '1'],
    ['a', '2'],
    ['b', '3'],
    ['a', '4'],
  ] as const) {
    await plane.trigger(webhook(name, id))
    plane.wait(1)
  }
  expect(plane.launched.map((order) => order.agent.name)).toEqual(['a', 'a'])
  await plane.finish(await plane.claimed(), { outcome: 'completed' })
  expect(plane.launched.map((order) => order.agent.name)).toEqual(['a', 'a', 'b'])
})

test('T4: a minute of a schedule starts an agent once, also told twice and by two expressions', async () => {
  const plane = testPlane([agent('dev', { scale: 2, schedule: { line: '0 * * * *', timezone: 'UTC' } })])
  const at = plane.world.clock.now()
  expect(await plane.tick('dev', at)).toMatchObject({ kind: 'started' })
  expect(await plane.tick('dev', at + 31_000)).toMatchObject({ kind: 'duplicate' })
  expect(await plane.tick('dev', at + 60_000)).toEqual({ kind: 'skipped', why: 'unscheduled' })
})

test('T6: a minute that the clock shows twice starts an agent once', async () => {
  const line = { line: '30 2 * * *', timezone: 'Europe/Berlin' }
  const first = Date.UTC(2026, 9, 25, 0, 30)
  const plane = testPlane([agent('dev', { scale: 2, schedule: line })], { start: first })
  expect(await plane.tick('dev', first)).toMatchObject({ kind: 'started' })
  plane.wait(3600)
  expect(await plane.tick('dev', first + 3600_000)).toMatchObject({ kind: 'duplicate' })
})

test('T6: EventBridge may report either of the two minutes, and either one starts the agent', async () => {
  const line = { line: '30 2 * * *', timezone: 'Europe/Berlin' }
  const second = Date.UTC(2026, 9, 25, 1, 30)
  const plane = testPlane([agent('dev', { schedule: line })], { start: second })
  expect(await plane.tick('dev', second)).toMatchObject({ kind: 'started' })
})

test('T5: a tick that is more than five minutes late starts nothing, then or later', async () => {
  const plane = testPlane([agent('dev', { schedule: { line: '* * * * *', timezone: 'UTC' } })])
  const at = plane.world.clock.now()
  plane.wait(301)
  expect(await plane.tick('dev', at)).toEqual({ kind: 'skipped', why: 'late' })
  expect(await plane.tick('dev', at)).toEqual({ kind: 'duplicate', skipped: 'late' })
})

test('a tick that was skipped because the agent was paused is not made up for', async () => {
  const plane = testPlane([agent('dev', { schedule: { line: '* * * * *', timezone: 'UTC' } })])
  await plane.pauseAgent('dev')
  const at = plane.world.clock.now()
  expect(await plane.tick('dev', at)).toEqual({ kind: 'skipped', why: 'paused' })
  await plane.resumeAgent('dev')
  expect(await plane.tick('dev', at)).toEqual({ kind: 'duplicate', skipped: 'paused' })
})

test('Q7: while paused, webhooks wait; on resume nothing is lost', async () => {
  const plane = testPlane([agent('a'), agent('b')])
  await plane.pauseProject()
  expect(await plane.trigger(webhook('a', 'd1'))).toMatchObject({ kind: 'queued' })
  expect(await plane.trigger(webhook('b', 'd1'))).toMatchObject({ kind: 'queued' })
  expect(plane.launched).toEqual([])
  await plane.resumeProject()
  expect(plane.launched.map((order) => order.agent.name).sort()).toEqual(['a', 'b'])
})

test('what has waited for a day ends as expired, and says so', async () => {
  const plane = testPlane([agent('dev')])
  await plane.pauseAgent('dev')
  const waiting = idOf(await plane.trigger(webhook('dev', 'd1')))
  plane.wait(24 * 3600 + 60)
  await plane.sweep()
  expect(await plane.run(waiting)).toMatchObject({ state: 'done', outcome: 'expired' })
  await plane.resumeAgent('dev')
  expect(plane.launched).toEqual([])
})

test('what waits for an agent that was removed is refused, but not before every host knows of the deployment', async () => {
  const plane = testPlane([agent('dev'), agent('ops')])
  await plane.pauseAgent('dev')
  const waiting = idOf(await plane.trigger(webhook('dev', 'd1')))
  ;(plane.world.rules.agents as Map<string, unknown>).delete('dev')
  await plane.sweep()
  // This host may be the one that is behind, and the agent a new one.
  expect(await plane.run(waiting)).toMatchObject({ state: 'queued' })
  plane.wait(601)
  await plane.sweep()
  expect(await plane.run(waiting)).toMatchObject({
    outcome: 'refused',
    reason: 'its agent was removed from the project',
  })
})

test('an agent of scale 0 and an unknown one are told apart, and neither starts', async () => {
  const plane = testPlane([agent('off', { scale: 0, compute: 'off' })])
  expect(await plane.trigger(manual('off'))).toEqual({ kind: 'refused', why: 'off' })
  expect(await plane.trigger(manual('nobody'))).toEqual({ kind: 'refused', why: 'unknown' })
})

test('what a run is told arrives as it was sent, also when it is long', async () => {
  const plane = testPlane([agent('dev')])
  const input = JSON.stringify({ body: 'ä<'.repeat(30_000) })
  await plane.trigger(webhook('dev', 'd1', input))
  const order = plane.launched[0]
  const [name, suffix] = [order?.agent.name ?? '', order?.suffix ?? '']
  const claim = { agent: name, suffix, ticket: order?.ticket ?? '', session: 'a'.repeat(64) }
  expect(await plane.claim(claim)).toMatchObject({ kind: 'granted', input })
})

test('a retry is a new run with the same input', async () => {
  const plane = testPlane([agent('dev')])
  const first = idOf(await plane.trigger(webhook('dev', 'd1', '"x"')))
  expect(await plane.retry(await plane.run(first))).toEqual({ kind: 'live' })
  await plane.finish(await plane.claimed(), { outcome: 'error', code: 1 })
  const again = await plane.retry(await plane.run(first))
  expect(again).toMatchObject({ kind: 'started' })
  expect(await plane.run(idOf(again as { kind: string }))).toMatchObject({
    input: { text: '"x"' },
    trigger: { of: first },
  })
})
