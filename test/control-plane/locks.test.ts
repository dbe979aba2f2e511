import { expect, test } from 'vitest'
import type { Session } from '../../core/scheduler/session.ts'
import { agent, manual, testPlane } from '../support/plane.ts'

async function twoRuns() {
  const plane = testPlane([agent('a'), agent('b')])
  await plane.trigger(manual('a'))
  const a = await plane.claimed()
  await plane.trigger(manual('b'))
  return { plane, a, b: await plane.claimed() }
}

const idOf = ({ agent: name, suffix }: Session) => `${name}-${suffix}`
const key = 'github issue owner/repo#42'

test('L1: a lock has one holder; the other is told who has it and since when', async () => {
  const { plane, a, b } = await twoRuns()
  const heldSince = plane.world.clock.now()
  expect(await plane.acquireLock(a, { key })).toMatchObject({ kind: 'held', lock: { holder: idOf(a), heldSince } })
  plane.wait(5)
  expect(await plane.acquireLock(b, { key })).toEqual({ kind: 'taken', holder: idOf(a), heldSince })
  plane.wait(5)
  const again = await plane.acquireLock(a, { key })
  expect(again).toMatchObject({ kind: 'held', lock: { heldSince, until: plane.world.clock.now() + 1800_000 } })
})

test('L1: fences grow across release, expiry and two days of silence', async () => {
  const { plane, a, b } = await twoRuns()
  const fences: number[] = []
  for (const [session, wait] of [
    [a, 0],
    [b, 40],
    [a, 0],
  ] as const) {
    plane.wait(wait)
    const held = await plane.acquireLock(session, { key, ttl: 20 })
    if (held.kind === 'held') fences.push(held.lock.fence)
    if (session === a) await plane.releaseLock(session, { key })
    else plane.wait(31)
  }
  expect(fences).toHaveLength(3)
  expect(fences).toEqual([...new Set(fences)].sort((x, y) => x - y))
  plane.wait(49 * 3600)
  await plane.sweep()
  await plane.trigger(manual('a'))
  const late = await plane.acquireLock(await plane.claimed(), { key })
  expect(late.kind === 'held' && late.lock.fence).toBeGreaterThan(fences.at(-1) ?? 0)
})

test('L2, L3: only the holder releases, once; an old fence or a successor’s lock is left alone', async () => {
  const { plane, a, b } = await twoRuns()
  const held = await plane.acquireLock(a, { key, ttl: 20 })
  expect(await plane.releaseLock(b, { key })).toEqual({ kind: 'taken', holder: idOf(a) })
  expect(await plane.heartbeatLock(a, { key, fence: 1 })).toEqual({ kind: 'taken', holder: idOf(a) })
  plane.wait(31)
  expect(await plane.acquireLock(b, { key })).toMatchObject({ kind: 'held' })
  const fence = held.kind === 'held' ? held.lock.fence : 0
  expect(await plane.releaseLock(a, { key, fence })).toEqual({ kind: 'taken', holder: idOf(b) })
  expect(await plane.releaseLock(b, { key })).toMatchObject({ kind: 'held' })
  expect(await plane.releaseLock(b, { key })).toEqual({ kind: 'absent' })
})

test('L4: a late heartbeat does not revive a lock; others get it when it is over on every clock', async () => {
  const { plane, a, b } = await twoRuns()
  await plane.acquireLock(a, { key, ttl: 20 })
  plane.wait(20)
  expect(await plane.heartbeatLock(a, { key })).toEqual({ kind: 'absent' })
  expect(await plane.acquireLock(b, { key })).toMatchObject({ kind: 'taken' })
  plane.wait(10)
  expect(await plane.acquireLock(b, { key })).toMatchObject({ kind: 'held' })
})

test('L9: a run holds one lock at a time; one that has run out does not count', async () => {
  const { plane, a } = await twoRuns()
  await plane.acquireLock(a, { key, ttl: 20 })
  expect(await plane.acquireLock(a, { key: 'other' })).toEqual({ kind: 'holds another', key })
  plane.wait(21)
  expect(await plane.acquireLock(a, { key: 'other' })).toMatchObject({ kind: 'held' })
  expect(await plane.ownLock(a)).toMatchObject({ kind: 'ok', lock: { key: 'other' } })
})

test.each(['finish', 'loss', 'kill'] as const)('L7: the lock of a run is free once it is done (%s)', async (how) => {
  const { plane, a, b } = await twoRuns()
  await plane.acquireLock(a, { key, ttl: 24 * 3600 })
  expect(await plane.heldLocks()).toMatchObject([{ key, holder: idOf(a) }])
  if (how === 'finish') await plane.finish(a, { outcome: 'error' })
  if (how === 'kill') await plane.kill(a)
  if (how === 'loss' || how === 'kill') {
    plane.wait(590)
    await plane.heartbeat(b)
    plane.wait(25)
    await plane.sweep()
  }
  expect(await plane.heldLocks()).toEqual([])
  expect(await plane.acquireLock(b, { key })).toMatchObject({ kind: 'held' })
  expect(await plane.acquireLock(a, { key: 'other' })).toEqual({ kind: 'over' })
})
