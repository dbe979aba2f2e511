import { expect, test } from 'vitest'
import { hashOf } from '../../core/scheduler/run.ts'
import { agent, machine } from './machine.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A machine on which one container has claimed its run and says nothing more. */
async function withOneRun() {
  const one = await machine({ agents: [agent('dev')], at: '2026-06-01T10:00:00Z', container: 'stays' })
  const host = await one.start()
  await host.plane.trigger({ agent: 'dev', trigger: { kind: 'manual' }, whenBusy: 'refuse' })
  await one.advance(0)
  const suffix = one.launched[0]?.suffix ?? ''
  const state = async () => {
    const run = await host.plane.readRun({ agent: 'dev', suffix })
    return run?.outcome ?? run?.state
  }
  const beat = () => host.plane.heartbeat({ agent: 'dev', suffix, hash: hashOf(`dev-${suffix}.session`) })
  return { one, host, state, beat, suffix }
}

test('a container that is silent for a lease is lost, and stopped', async () => {
  const { one, state } = await withOneRun()
  await using _ = one
  await one.advance(10 * MINUTE)
  expect(await state()).toBe('running')
  await one.advance(2 * MINUTE)
  expect(await state()).toBe('lost')
  expect(one.stopped).toHaveLength(1)
})

test.each([true, false])(
  'a sleep of the machine ends no run whose container wakes up with it (monotonic clock stops: %s)',
  async (monotonicStops) => {
    const { one, state, beat } = await withOneRun()
    await using _ = one
    await one.advance(5 * MINUTE + 10_000)
    one.time.suspend(8 * HOUR, monotonicStops)
    await one.advance(2 * MINUTE)
    expect(await state()).toBe('running')
    expect((await beat()).kind).toBe('alive')
    await one.advance(9 * MINUTE)
    expect(await state()).toBe('running')
    expect(one.logged('the clock has jumped')).toHaveLength(1)
    await one.advance(4 * MINUTE)
    expect(await state()).toBe('lost')
  },
)

test('a container that does not wake up with the machine is lost one lease later', async () => {
  const { one, state } = await withOneRun()
  await using _ = one
  one.time.suspend(8 * HOUR, true)
  await one.advance(10 * MINUTE)
  expect(await state()).toBe('running')
  await one.advance(2 * MINUTE)
  expect(await state()).toBe('lost')
})

test('a clock that is set ends no run', async () => {
  const { one, state, beat } = await withOneRun()
  await using _ = one
  for (const time of ['2026-06-01T12:00:00Z', '2026-06-01T08:00:00Z']) {
    one.time.set(time)
    await one.advance(5 * MINUTE)
    expect(await state()).toBe('running')
    await beat()
    await one.advance(6 * MINUTE)
    expect(await state()).toBe('running')
  }
})

test('a host that starts again sweeps at once', async () => {
  const { one, host, suffix } = await withOneRun()
  await using _ = one
  await host.close()
  one.time.suspend(HOUR, false)
  const again = await one.start()
  expect((await again.plane.overview()).agents).toMatchObject([{ running: 1 }])
  await one.advance(0)
  expect((await again.plane.overview()).agents).toMatchObject([{ running: 0 }])
  expect(await again.plane.readRun({ agent: 'dev', suffix })).toMatchObject({ outcome: 'lost' })
})

test('a container that stays after its run has ended is stopped within the hour', async () => {
  const { one, host, suffix } = await withOneRun()
  await using _ = one
  const left = { agent: 'dev', suffix, attempt: 1, compute: 'docker', container: `c-${suffix}` } as const
  one.left.push(left)
  await host.plane.finish({ agent: 'dev', suffix, hash: hashOf(`dev-${suffix}.session`) }, { outcome: 'completed' })
  expect(one.stopped).toEqual([])
  await one.advance(HOUR)
  expect(one.stopped).toMatchObject([{ container: left.container, reason: 'its run is over' }])
})
