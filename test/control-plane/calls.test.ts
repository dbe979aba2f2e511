import { expect, test } from 'vitest'
import { agent, manual, type TestPlane, testPlane, webhook } from '../support/plane.ts'

const called = (answer: { kind: string }): string => {
  if (!('call' in answer)) throw new Error(`no call, but ${JSON.stringify(answer)}`)
  return (answer as { call: string }).call
}

async function callerOf(plane: TestPlane, name: string) {
  await plane.trigger(manual(name))
  return await plane.claimed()
}

test('C1: a call is pending, running, then completed with what was returned, also when that is long', async () => {
  const plane = testPlane([agent('a'), agent('b')])
  const caller = await callerOf(plane, 'a')
  await plane.trigger(webhook('b', 'busy'))
  const busy = await plane.claimed()
  const call = called(await plane.createCall(caller, { target: 'b', context: 'do it' }))
  expect(await plane.readCall(caller, call)).toMatchObject({
    kind: 'pending',
    waitsFor: [`b-${busy.suffix}`],
    blocked: false,
  })
  await plane.finish(busy, { outcome: 'completed' })
  expect(await plane.readCall(caller, call)).toEqual({ kind: 'running' })
  const result = 'result '.repeat(20_000)
  await plane.finish(await plane.claimed(), { outcome: 'completed', result })
  expect(await plane.readCall(caller, call)).toEqual({ kind: 'completed', result })
})

test('C3: a callee that dies ends the call with its reason', async () => {
  const plane = testPlane([agent('a'), agent('b', { compute: 'lambda' })])
  const caller = await callerOf(plane, 'a')
  const call = called(await plane.createCall(caller, { target: 'b', context: '' }))
  await plane.claimed()
  plane.wait(311)
  await plane.heartbeat(caller)
  await plane.sweep()
  expect(await plane.readCall(caller, call)).toMatchObject({ kind: 'error', outcome: 'lost' })
})

test('C2: nobody calls itself, unknown agents or deeper than the limit', async () => {
  const plane = testPlane([agent('a'), agent('b'), agent('c'), agent('off', { scale: 0 })], {
    limits: { maxCallDepth: 1 },
  })
  const a = await callerOf(plane, 'a')
  for (const [target, why] of [
    ['a', 'self'],
    ['nobody', 'unknown'],
    ['off', 'off'],
  ] as const) {
    expect(await plane.createCall(a, { target, context: '' })).toEqual({ kind: 'refused', why })
  }
  await plane.createCall(a, { target: 'b', context: '' })
  expect(await plane.createCall(await plane.claimed(), { target: 'c', context: '' })).toEqual({
    kind: 'refused',
    why: 'depth',
  })
})

test('C4: a call that waits for its own chain says so, and stays', async () => {
  const plane = testPlane([agent('a'), agent('b')])
  const a = await callerOf(plane, 'a')
  await plane.createCall(a, { target: 'b', context: '' })
  const b = await plane.claimed()
  const call = called(await plane.createCall(b, { target: 'a', context: '' }))
  expect(await plane.readCall(b, call)).toEqual({ kind: 'pending', waitsFor: [`a-${a.suffix}`], blocked: true })
  await plane.finish(a, { outcome: 'completed' })
  expect(await plane.readCall(b, call)).toEqual({ kind: 'running' })
})

test('a call repeated with the same key is the same call; fifty are all a run may make', async () => {
  const plane = testPlane([agent('a'), agent('b')])
  const a = await callerOf(plane, 'a')
  const request = { target: 'b', context: '', idempotencyKey: 'k' }
  expect(await plane.createCall(a, request)).toEqual(await plane.createCall(a, request))
  for (let i = 1; i < 50; i++)
    expect(await plane.createCall(a, { target: 'b', context: '' })).toMatchObject({ kind: 'called' })
  expect(await plane.createCall(a, { target: 'b', context: '' })).toEqual({ kind: 'refused', why: 'too many' })
})

test('only the caller can read a call', async () => {
  const plane = testPlane([agent('a'), agent('b'), agent('c')])
  const a = await callerOf(plane, 'a')
  const call = called(await plane.createCall(a, { target: 'b', context: '' }))
  const c = await callerOf(plane, 'c')
  expect(await plane.readCall(c, call)).toEqual({ kind: 'unknown' })
  expect(await plane.readCall(a, 'nonsense')).toEqual({ kind: 'unknown' })
  expect(await plane.readCall({ ...a, hash: '0'.repeat(64) }, call)).toEqual({ kind: 'stranger' })
})

test('a call that was made by a run which is over still runs', async () => {
  const plane = testPlane([agent('a'), agent('b')])
  await plane.pauseAgent('b')
  const a = await callerOf(plane, 'a')
  const call = called(await plane.createCall(a, { target: 'b', context: '' }))
  await plane.finish(a, { outcome: 'completed' })
  expect(await plane.createCall(a, { target: 'b', context: '' })).toEqual({ kind: 'over' })
  await plane.resumeAgent('b')
  expect(plane.launched.at(-1)?.run).toBe(call)
})
