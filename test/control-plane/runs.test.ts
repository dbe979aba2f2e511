import { expect, test } from 'vitest'
import { agent, idOf, manual, testPlane, webhook } from '../support/plane.ts'

const claimOf = (order: { run: string; suffix: string; ticket: string } | undefined, session: string) => ({
  agent: order?.run.slice(0, -21) ?? '',
  suffix: order?.suffix ?? '',
  ticket: order?.ticket ?? '',
  session: session.repeat(64),
})

test('R2: the first container to claim has the run; the same one may ask again, another is turned away', async () => {
  const plane = testPlane([agent('dev')])
  await plane.trigger(manual('dev'))
  const order = plane.launched[0]
  expect(await plane.claim(claimOf(order, 'a'))).toMatchObject({ kind: 'granted', leaseMs: 600_000 })
  expect(await plane.claim(claimOf(order, 'a'))).toMatchObject({ kind: 'granted' })
  expect(await plane.claim(claimOf(order, 'b'))).toEqual({ kind: 'taken' })
})

test('a claim with a ticket of another run, or none, gets nothing', async () => {
  const plane = testPlane([agent('dev', { scale: 2 })])
  await plane.trigger(manual('dev'))
  await plane.trigger(manual('dev'))
  const [one, other] = plane.launched
  expect(await plane.claim({ ...claimOf(one, 'a'), ticket: other?.ticket ?? '' })).toEqual({ kind: 'stranger' })
  expect(await plane.claim({ ...claimOf(one, 'a'), suffix: '0'.repeat(20) })).toEqual({ kind: 'stranger' })
})

test('a launch that nobody claims is made again, three times, each with a ticket of its own; then the run ends', async () => {
  const plane = testPlane([agent('dev')])
  const run = idOf(await plane.trigger(webhook('dev', 'd1')))
  await plane.sweep()
  expect(plane.launched).toHaveLength(1)
  for (const [seconds, launches] of [
    [251, 2],
    [491, 3],
    [971, 3],
  ] as const) {
    plane.wait(seconds)
    await plane.sweep()
    expect(plane.launched).toHaveLength(launches)
  }
  expect(new Set(plane.launched.map(({ ticket }) => ticket)).size).toBe(3)
  expect(await plane.run(run)).toMatchObject({ state: 'done', outcome: 'error', attempt: 3 })
  expect((await plane.run(run)).reason).toMatch(/^never started/)
})

test('a container that comes late claims with the ticket of its own attempt', async () => {
  const plane = testPlane([agent('dev')])
  await plane.trigger(webhook('dev', 'd1'))
  plane.wait(251)
  await plane.sweep()
  expect(await plane.claim(claimOf(plane.launched[0], 'a'))).toMatchObject({ kind: 'granted' })
})

test('a launch that is turned away is tried again soon, and does not count as an attempt', async () => {
  const plane = testPlane([agent('dev')])
  for (let i = 0; i < 6; i++) plane.answerNext({ kind: 'refused', why: 'throttled' })
  await plane.trigger(webhook('dev', 'd1'))
  for (let i = 0; i < 6; i++) {
    plane.wait(60)
    await plane.sweep()
  }
  expect(plane.launched).toHaveLength(7)
  expect(await plane.claimed()).toBeDefined()
})

test('a launch that can never work ends its run with the reason, and the next in line starts', async () => {
  const plane = testPlane([agent('dev')])
  plane.answerNext(new Error('no answer'))
  const first = idOf(await plane.trigger(webhook('dev', 'd1')))
  const second = idOf(await plane.trigger(webhook('dev', 'd2')))
  plane.answerNext({ kind: 'failed', why: 'no such function' })
  plane.wait(251)
  await plane.sweep()
  expect(await plane.run(first)).toMatchObject({ outcome: 'error', reason: 'could not be started: no such function' })
  expect(plane.launched.at(-1)?.run).toBe(second)
})

test('R3: a container that stops answering is stopped, its run is lost, its slot goes to the next', async () => {
  const plane = testPlane([agent('dev')])
  const first = idOf(await plane.trigger(webhook('dev', 'd1')))
  const second = idOf(await plane.trigger(webhook('dev', 'd2')))
  const session = await plane.claimed('task 1')
  plane.wait(605)
  await plane.sweep()
  expect((await plane.run(first)).state).toBe('running')
  plane.wait(10)
  await plane.sweep()
  expect(await plane.run(first)).toMatchObject({ state: 'done', outcome: 'lost' })
  expect(plane.stopped).toMatchObject([{ run: first, container: 'task 1' }])
  expect(plane.launched.at(-1)?.run).toBe(second)
  expect(await plane.finish(session, { outcome: 'completed' })).toEqual({ kind: 'over' })
  expect(await plane.heartbeat(session)).toEqual({ kind: 'over' })
})

test('a late heartbeat counts as long as nobody has ended the run', async () => {
  const plane = testPlane([agent('dev')])
  const id = idOf(await plane.trigger(manual('dev')))
  const session = await plane.claimed()
  plane.wait(700)
  expect(await plane.heartbeat(session)).toMatchObject({ kind: 'alive' })
  await plane.sweep()
  expect((await plane.run(id)).state).toBe('running')
})

test('a run ends at its deadline however much it answers', async () => {
  const plane = testPlane([agent('dev', { timeoutSeconds: 300 })])
  const id = idOf(await plane.trigger(manual('dev')))
  const session = await plane.claimed()
  for (let i = 0; i < 7; i++) {
    plane.wait(53)
    await plane.heartbeat(session)
    await plane.sweep()
  }
  expect(await plane.run(id)).toMatchObject({ state: 'done', outcome: 'timeout' })
})

test('finish may be repeated, and what was said first counts', async () => {
  const plane = testPlane([agent('dev')])
  const id = idOf(await plane.trigger(manual('dev')))
  const session = await plane.claimed()
  const usage = {
    inputTokens: 1,
    outputTokens: 2,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    totalTokens: 3,
    cost: 0.1,
    turnCount: 1,
  }
  expect(await plane.finish(session, { outcome: 'completed', code: 0, usage })).toEqual({
    kind: 'done',
    outcome: 'completed',
  })
  expect(await plane.finish(session, { outcome: 'error' })).toEqual({ kind: 'done', outcome: 'completed' })
  expect(await plane.run(id)).toMatchObject({ outcome: 'completed', code: 0, usage })
})

test('R4: a rerun takes the slot before the queue does, stops at the limit, and never follows an error', async () => {
  const plane = testPlane([agent('dev', { schedule: { line: '* * * * *', timezone: 'UTC' } })], {
    limits: { maxReruns: 2 },
  })
  await plane.tick('dev', plane.world.clock.now())
  const waiting = idOf(await plane.trigger(webhook('dev', 'd1')))
  for (const rerun of [1, 2]) {
    const answer = await plane.finish(await plane.claimed(), { outcome: 'rerun' })
    expect(answer).toMatchObject({ kind: 'done', outcome: 'rerun', next: plane.launched.at(-1)?.run })
    expect(await plane.run(plane.launched.at(-1)?.run ?? '')).toMatchObject({ rerun })
  }
  expect(await plane.finish(await plane.claimed(), { outcome: 'rerun' })).toEqual({ kind: 'done', outcome: 'rerun' })
  expect(plane.launched.at(-1)?.run).toBe(waiting)
  expect(await plane.finish(await plane.claimed(), { outcome: 'rerun' })).toEqual({ kind: 'done', outcome: 'rerun' })
})

test('R5: after a provider has refused for good, nothing starts on its model until the time is over or somebody resumes', async () => {
  const plane = testPlane([agent('a'), agent('b'), agent('c', { model: 'openai/gpt' })])
  await plane.trigger(manual('a'))
  await plane.finish(await plane.claimed(), { outcome: 'error', modelRefused: 'quota' })
  expect(await plane.trigger(manual('b'))).toEqual({ kind: 'refused', why: 'blocked' })
  expect(await plane.trigger(webhook('b', 'd1'))).toMatchObject({ kind: 'queued' })
  expect(await plane.trigger(manual('c'))).toMatchObject({ kind: 'started' })
  plane.wait(15 * 60 + 1)
  await plane.sweep()
  expect(plane.launched.at(-1)?.agent.name).toBe('b')
})

test('kill: what waits ends at once, what is starting is never claimed, what runs is told and stopped', async () => {
  const plane = testPlane([agent('dev')])
  const running = idOf(await plane.trigger(webhook('dev', 'd1')))
  const session = await plane.claimed('task 1')
  const waiting = idOf(await plane.trigger(webhook('dev', 'd2')))
  expect(await plane.kill(await plane.run(waiting))).toEqual({ kind: 'killed' })
  expect(await plane.run(waiting)).toMatchObject({ outcome: 'killed' })
  expect(await plane.kill(await plane.run(running), 'enough')).toEqual({ kind: 'stopping' })
  expect(await plane.poll(session)).toMatchObject({ stop: 'enough' })
  expect(plane.stopped).toMatchObject([{ container: 'task 1', reason: 'enough' }])
  plane.wait(101)
  await plane.sweep()
  expect(await plane.run(running)).toMatchObject({ outcome: 'killed', reason: 'enough' })

  const starting = idOf(await plane.trigger(manual('dev')))
  expect(await plane.kill(await plane.run(starting))).toEqual({ kind: 'killed' })
  expect(await plane.claim(claimOf(plane.launched.at(-1), 'a'))).toEqual({ kind: 'over' })
  expect(await plane.kill(await plane.run(starting))).toEqual({ kind: 'over' })
})

test('the end of a container ends its run at once; that of any other means nothing', async () => {
  const plane = testPlane([agent('dev')])
  const id = idOf(await plane.trigger(manual('dev')))
  const session = await plane.claimed('task 2')
  const end = { agent: 'dev', suffix: id.slice(-20), attempt: 1, code: 137 }
  await plane.containerEnded({ ...end, container: 'task 1' })
  expect((await plane.run(id)).state).toBe('running')
  await plane.containerEnded({ ...end, container: 'task 2', reason: 'OutOfMemory' })
  expect(await plane.run(id)).toMatchObject({ outcome: 'error', code: 137, reason: 'OutOfMemory' })
  expect(await plane.finish(session, { outcome: 'completed' })).toEqual({ kind: 'over' })
})

test('a container that ends before it has claimed is replaced at once; an older one’s end changes nothing', async () => {
  const plane = testPlane([agent('dev')])
  const id = idOf(await plane.trigger(manual('dev')))
  const end = { agent: 'dev', suffix: id.slice(-20), container: 'task', code: 1 }
  await plane.containerEnded({ ...end, attempt: 1 })
  expect(plane.launched).toHaveLength(2)
  await plane.containerEnded({ ...end, attempt: 1 })
  expect(plane.launched).toHaveLength(2)
})

test('a host whose clock has jumped ends nothing', async () => {
  const plane = testPlane([agent('dev')])
  const id = idOf(await plane.trigger(manual('dev')))
  await plane.claimed()
  plane.wait(3600)
  await plane.sweep({ trusted: false })
  expect((await plane.run(id)).state).toBe('running')
})

test('the status of a run is kept at most every five seconds', async () => {
  const plane = testPlane([agent('dev')])
  const id = idOf(await plane.trigger(manual('dev')))
  const session = await plane.claimed()
  expect(await plane.setStatus(session, 'one')).toEqual({ kind: 'ok', kept: true })
  expect(await plane.setStatus(session, 'two')).toEqual({ kind: 'ok', kept: false })
  plane.wait(5)
  expect(await plane.setStatus(session, 'three')).toEqual({ kind: 'ok', kept: true })
  expect((await plane.run(id)).status?.text).toBe('three')
})
