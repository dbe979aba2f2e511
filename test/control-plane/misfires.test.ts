import { expect, test } from 'vitest'
import type { AgentRule } from '../../core/plan/decisions.ts'
import { agent, testPlane } from '../support/plane.ts'

const hour = 3600
const at = (time: string) => Date.parse(`2026-11-21T${time}:00Z`)

/** A plane at 10:00:00 UTC whose agent `dev` has the line; it has swept once, as a host does that is just there. */
async function scheduled(line: string, misfire?: 'once', more: Partial<AgentRule> = {}) {
  const schedule = { line, timezone: 'UTC', ...(misfire && { misfire }) }
  const plane = testPlane([agent('dev', { schedule, scale: 9, ...more })])
  await plane.sweep()
  return plane
}

const minutes = (plane: Awaited<ReturnType<typeof scheduled>>) =>
  plane
    .history('dev')
    .then((runs) =>
      runs
        .flatMap(({ trigger }) => (trigger.kind === 'tick' ? [new Date(trigger.at).toISOString().slice(11, 16)] : []))
        .sort(),
    )

test('once: however many minutes were missed, one run is made, for the newest of them', async () => {
  const plane = await scheduled('0 * * * *', 'once')
  plane.wait(7 * hour + 1800)
  for (let i = 0; i < 3; i++) await plane.sweep()
  expect(await minutes(plane)).toEqual(['17:00'])
  plane.wait(hour)
  await plane.sweep()
  expect(await minutes(plane)).toEqual(['17:00', '18:00'])
})

test('skip, the default: nothing is made up for', async () => {
  const plane = await scheduled('0 * * * *')
  plane.wait(7 * hour + 1800)
  await plane.sweep()
  expect(await minutes(plane)).toEqual([])
})

test('once: a minute whose tick has come is not made up for, also when its record has expired', async () => {
  const plane = await scheduled('0 11 21 * *', 'once')
  plane.wait(hour)
  await plane.tick('dev', at('11:00'))
  for (let day = 0; day < 12; day++) {
    plane.wait(24 * hour)
    await plane.sweep()
  }
  expect(await minutes(plane)).toEqual(['11:00'])
})

test('once: the tick itself, when it comes after all, makes no second run', async () => {
  const plane = await scheduled('0 * * * *', 'once')
  plane.wait(hour + 200)
  await plane.sweep()
  expect(await plane.tick('dev', at('11:00'))).toMatchObject({ kind: 'duplicate' })
  expect(await minutes(plane)).toEqual(['11:00'])
})

test('once: a tick that comes late is as good as one that is made up for; with skip it is skipped after five minutes', async () => {
  const patient = await scheduled('0 * * * *', 'once')
  patient.wait(hour + 600)
  expect(await patient.tick('dev', at('11:00'))).toMatchObject({ kind: 'started' })
  const plain = await scheduled('0 * * * *')
  plain.wait(hour + 600)
  expect(await plain.tick('dev', at('11:00'))).toEqual({ kind: 'skipped', why: 'late' })
})

test('once: a schedule that is new, or was changed, begins now: a deploy starts nothing', async () => {
  const plane = await scheduled('0 * * * *', 'once')
  plane.wait(3 * hour + 1800)
  const schedule = { line: '15 * * * *', timezone: 'UTC', misfire: 'once' } as const
  const changed = testPlane([agent('dev', { schedule })], {
    store: () => plane.world.store,
    start: plane.world.clock.now(),
  })
  await changed.sweep()
  await changed.sweep()
  expect(changed.launched).toEqual([])
  changed.wait(hour)
  await changed.sweep()
  expect(changed.launched).toHaveLength(1)
})

test.each(['skip', 'once'] as const)(
  'T5: ticks that were held up and come all at once do not burst (%s)',
  async (policy) => {
    const plane = await scheduled('* * * * *', policy === 'once' ? 'once' : undefined)
    plane.wait(12 * 60 + 30)
    for (let minute = 1; minute <= 12; minute++) await plane.tick('dev', at(`10:${String(minute).padStart(2, '0')}`))
    await plane.sweep()
    expect(await minutes(plane)).toEqual(['10:11', '10:12'])
  },
)

test('once: what is paused, or busy, when it would be made up for is skipped as any tick is', async () => {
  const plane = await scheduled('0 * * * *', 'once')
  await plane.pauseAgent('dev')
  plane.wait(2 * hour + 600)
  await plane.sweep()
  await plane.resumeAgent('dev')
  await plane.sweep()
  expect(await minutes(plane)).toEqual([])
})
