import { expect, test } from 'vitest'
import { agent, idOf, manual, testPlane, webhook } from '../support/plane.ts'

const minute = 60
const claude = 'anthropic/claude'
const refused = { outcome: 'error', modelRefused: 'quota' } as const
const usage = {
  ...{ inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, totalTokens: 2 },
  ...{ cost: 0, turnCount: 1 },
}

test('R5: a model whose quota is used up starts nothing; what was accepted waits, ticks are skipped', async () => {
  const schedule = { line: '* * * * *', timezone: 'UTC' }
  const plane = testPlane([agent('dev', { scale: 3, schedule }), agent('ops', { model: 'openai/gpt' })])
  await plane.trigger(manual('dev'))
  await plane.finish(await plane.claimed(), refused)
  expect(await plane.trigger(manual('dev'))).toEqual({ kind: 'refused', why: 'blocked' })
  expect(await plane.tick('dev', plane.world.clock.now())).toEqual({ kind: 'skipped', why: 'blocked' })
  expect(await plane.trigger(webhook('dev', 'd1'))).toMatchObject({ kind: 'queued' })
  expect(await plane.trigger(manual('ops'))).toMatchObject({ kind: 'started' })
  const until = plane.world.clock.now() + 5 * minute * 1000
  expect((await plane.overview()).breakers).toEqual({ [claude]: { why: 'quota', failures: 1, until, by: 'dev' } })
})

test('after the pause one run is let through; when the model answers, all that waits starts', async () => {
  const plane = testPlane([agent('dev', { scale: 3 })])
  await plane.trigger(manual('dev'))
  await plane.finish(await plane.claimed(), refused)
  for (let i = 0; i < 3; i++) await plane.trigger(webhook('dev', `d${i}`))
  plane.wait(5 * minute - 1)
  await plane.sweep()
  expect(plane.launched).toHaveLength(1)
  plane.wait(1)
  await plane.sweep()
  expect(plane.launched).toHaveLength(2)
  expect((await plane.overview()).breakers[claude]).toMatchObject({ probe: plane.launched[1]?.run })
  await plane.finish(await plane.claimed(), { outcome: 'completed', usage })
  expect((await plane.overview()).breakers).toEqual({})
  expect(plane.launched).toHaveLength(4)
})

test('each refused probe makes the pause longer: 5 minutes, 15, and then an hour each time', async () => {
  const plane = testPlane([agent('dev')])
  await plane.trigger(manual('dev'))
  for (const [failures, pause] of [5, 15, 60, 60].entries()) {
    await plane.finish(await plane.claimed(), refused)
    const breaker = (await plane.overview()).breakers[claude]
    expect(breaker?.failures).toBe(failures + 1)
    expect((breaker?.until ?? 0) - plane.world.clock.now()).toBe(pause * minute * 1000)
    plane.wait(pause * minute)
    expect((await plane.trigger(manual('dev'))).kind).toBe('started')
  }
})

test('runs that are refused together count as one refusal', async () => {
  const plane = testPlane([agent('dev', { scale: 3 })])
  const sessions = []
  for (let i = 0; i < 3; i++) {
    await plane.trigger(manual('dev'))
    sessions.push(await plane.claimed())
  }
  for (const session of sessions) await plane.finish(session, refused)
  expect((await plane.overview()).breakers[claude]?.failures).toBe(1)
})

test('a probe that is lost proves nothing: another one is let through', async () => {
  const plane = testPlane([agent('dev')])
  await plane.trigger(manual('dev'))
  await plane.finish(await plane.claimed(), refused)
  plane.wait(5 * minute)
  await plane.trigger(manual('dev'))
  await plane.claimed()
  plane.wait(700)
  await plane.sweep()
  expect((await plane.overview()).breakers[claude]).toMatchObject({ failures: 1 })
  expect((await plane.overview()).breakers[claude]).not.toHaveProperty('probe')
  expect((await plane.trigger(manual('dev'))).kind).toBe('started')
})

test('a key that is refused stops whoever uses the same one, whatever model they call, and nobody else', async () => {
  const plane = testPlane([
    agent('dev', { modelKey: 'anthropic_key:default' }),
    agent('ops', { modelKey: 'anthropic_key:default', model: 'anthropic/other' }),
    agent('own', { modelKey: 'anthropic_key:own' }),
    agent('role', { model: 'bedrock/claude' }),
    agent('role-too', { model: 'bedrock/claude' }),
  ])
  await plane.trigger(manual('dev'))
  await plane.finish(await plane.claimed(), { outcome: 'error', modelRefused: 'auth' })
  expect(await plane.trigger(manual('ops'))).toEqual({ kind: 'refused', why: 'blocked' })
  expect((await plane.trigger(manual('own'))).kind).toBe('started')
  await plane.trigger(manual('role'))
  await plane.finish(await plane.claimed(), { outcome: 'error', modelRefused: 'auth' })
  expect((await plane.trigger(manual('role-too'))).kind).toBe('started')
  expect(Object.keys((await plane.overview()).breakers)).toEqual(['anthropic_key:default', 'the identity of role'])
})

test('an agent that says again and again that it was refused holds up no other: they send the probe', async () => {
  const plane = testPlane([agent('bad'), agent('good')])
  await plane.trigger(manual('bad'))
  await plane.finish(await plane.claimed(), refused)
  await plane.trigger(webhook('bad', 'b1'))
  const good = idOf(await plane.trigger(webhook('good', 'g1')))
  plane.wait(5 * minute)
  await plane.sweep()
  expect(plane.launched.at(-1)?.run).toBe(good)
  await plane.finish(await plane.claimed(), { outcome: 'completed', usage })
  expect((await plane.overview()).breakers).toEqual({})
})

test('a probe whose model answers lets the others through at once, however long it goes on itself', async () => {
  const plane = testPlane([agent('dev', { scale: 3 })])
  await plane.trigger(manual('dev'))
  await plane.finish(await plane.claimed(), refused)
  await plane.trigger(webhook('dev', 'd0'))
  await plane.trigger(webhook('dev', 'd1'))
  plane.wait(5 * minute)
  await plane.sweep()
  const probe = await plane.claimed()
  await plane.heartbeat(probe)
  await plane.sweep()
  expect(plane.launched).toHaveLength(2)
  await plane.heartbeat(probe, usage)
  expect((await plane.overview()).breakers).toEqual({})
  await plane.sweep()
  expect(plane.launched).toHaveLength(3)
})

test('an agent that says it was refused while another has had an answer is believed for itself alone, for a day', async () => {
  const schedule = { line: '* * * * *', timezone: 'UTC' }
  const plane = testPlane([agent('bad', { scale: 2 }), agent('good', { scale: 9, schedule }), agent('late')])
  const say = async (name: string, how: Parameters<typeof plane.finish>[1]) => {
    expect((await plane.trigger(manual(name))).kind).toBe('started')
    await plane.finish(await plane.claimed(), how)
  }
  await say('bad', refused)
  plane.wait(5 * minute)
  await say('good', { outcome: 'completed', usage })
  await say('bad', { outcome: 'error', modelRefused: 'quota' })
  expect(await plane.trigger(manual('bad'))).toEqual({ kind: 'refused', why: 'blocked' })
  expect((await plane.trigger(manual('good'))).kind).toBe('started')
  // Whoever has not been contradicted is believed for all.
  await say('late', refused)
  expect(await plane.trigger(manual('good'))).toEqual({ kind: 'refused', why: 'blocked' })
  await plane.resumeProject()
  plane.wait(24 * 60 * minute)
  await say('bad', refused)
  expect(await plane.trigger(manual('good'))).toEqual({ kind: 'refused', why: 'blocked' })
})

test('resuming the project closes every breaker, and starts what has waited', async () => {
  const plane = testPlane([agent('dev')])
  await plane.trigger(manual('dev'))
  await plane.finish(await plane.claimed(), refused)
  const waiting = idOf(await plane.trigger(webhook('dev', 'd1')))
  await plane.resumeProject()
  expect(plane.launched.at(-1)?.run).toBe(waiting)
  expect((await plane.overview()).breakers).toEqual({})
})

test('a refusal of what is not a probe, told after the breaker was opened, does not close or prolong it', async () => {
  const plane = testPlane([agent('dev', { scale: 2 })])
  await plane.trigger(manual('dev'))
  const early = await plane.claimed()
  await plane.trigger(manual('dev'))
  await plane.finish(await plane.claimed(), refused)
  const before = (await plane.overview()).breakers
  plane.wait(minute)
  await plane.finish(early, { outcome: 'completed', usage })
  expect((await plane.overview()).breakers).toEqual(before)
})
