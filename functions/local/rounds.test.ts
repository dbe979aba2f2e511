import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from './host-clock.ts'
import { rounds } from './rounds.ts'

/** Waits for a condition; a test that hangs here has found that it never comes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate()
}

test('a round begins when the one before has ended, and stopping waits for the one under way', async () => {
  const atWork: (() => void)[] = []
  let most = 0
  let begun = 0
  const run = async () => {
    begun++
    await new Promise<void>((resolve) => {
      atWork.push(resolve)
      most = Math.max(most, atWork.length)
    })
    atWork.pop()
    return undefined
  }
  const { stop } = rounds({ clock: systemClock, log: () => {}, name: 'it', first: 0, every: 0, run })
  for (let round = 1; round <= 20; round++) {
    await until(() => begun === round)
    atWork[0]?.()
  }
  await until(() => begun === 21)
  let stopped = false
  const stopping = stop().then(() => {
    stopped = true
  })
  await setImmediate()
  expect(stopped).toBe(false)
  atWork[0]?.()
  await stopping
  expect({ most, begun }).toEqual({ most: 1, begun: 21 })
})

test('a round that fails is logged and the next one comes', async () => {
  let begun = 0
  const logged: unknown[] = []
  const run = async () => {
    begun++
    throw new Error('no disk')
  }
  const log = (...entry: unknown[]) => logged.push(entry)
  const { stop } = rounds({ clock: systemClock, log, name: 'the sweep', first: 0, every: 1, run })
  await until(() => begun === 3)
  await stop()
  expect(logged[0]).toEqual(['error', 'the sweep failed', { error: 'Error: no disk' }])
  expect(begun).toBe(3)
})
