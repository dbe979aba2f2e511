import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { agent, machine } from './machine.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const everyMinute = { schedule: { line: '* * * * *', timezone: 'UTC' } }

test('every minute that a line names starts its agent once, also on days that change the clock', async () => {
  const daily = { line: '30 2 * * *', timezone: 'Europe/Berlin' }
  const agents = [
    agent('hourly', { schedule: { line: '15 * * * *', timezone: 'UTC' } }),
    agent('night', { schedule: daily }),
    agent('off', { schedule: daily, scale: 0 }),
    agent('deaf'),
  ]
  for (const [at, nights] of [
    // The wall clock shows no 02:30 on 29 March, and two on 25 October.
    ['2026-03-28T00:00:00Z', ['03-28 01:30', '03-30 00:30']],
    ['2026-10-24T00:00:00Z', ['10-24 00:30', '10-25 00:30', '10-26 01:30']],
  ] as const) {
    await using one = await machine({ agents, at })
    await one.start()
    await one.advance(3 * 24 * HOUR - 1)
    const ticks = one.ticks()
    const of = (name: string) => ticks.filter((tick) => tick.startsWith(`${name} `))
    expect(of('night')).toEqual(nights.map((minute) => `night ${minute.replace(' ', 'T')} started`))
    expect(of('hourly')).toHaveLength(3 * 24)
    expect(new Set(ticks).size).toBe(ticks.length)
    expect(ticks.every((tick) => tick.endsWith(' started'))).toBe(true)
    expect(one.launched).toHaveLength(ticks.length)
    expect(of('off').concat(of('deaf'))).toEqual([])
  }
})

test('the minute a host starts in is not made up for, the next one is on time', async () => {
  await using one = await machine({ agents: [agent('dev', everyMinute)], at: '2026-06-01T10:00:01Z' })
  await one.start()
  await one.advance(59_000 - 1)
  expect(one.ticks()).toEqual([])
  await one.advance(1)
  expect(one.ticks()).toEqual(['dev 06-01T10:01 started'])
})

test.each([true, false])(
  'T5: after a sleep nothing bursts: of the minutes that were missed none is made up for, and the log names who missed them (monotonic clock stops: %s)',
  async (monotonicStops) => {
    const agents = [agent('dev', { ...everyMinute, scale: 10 })]
    await using one = await machine({ agents, at: '2026-06-01T10:00:30Z' })
    await one.start()
    await one.advance(3 * MINUTE)
    one.time.suspend(20 * MINUTE + 10_000, monotonicStops)
    await one.advance(MINUTE)
    const minutes = one.ticks().map((tick) => tick.slice(10))
    const first = ['10:01 started', '10:02 started', '10:03 started']
    // Awake at 10:23:40. The timer comes at once, or when the rest of its minute has passed. A minute is told for five
    // minutes, and counts until a minute after the next one.
    const woken = monotonicStops
      ? ['10:20 skipped', '10:21 skipped', '10:22 skipped', '10:23 started', '10:24 started']
      : ['10:19 skipped', '10:20 skipped', '10:21 skipped', '10:22 started', '10:23 started', '10:24 started']
    expect(minutes).toEqual([...first, ...woken])
    expect(one.logged('they are skipped').map(({ fields }) => fields.missed)).toEqual([['dev']])
    await one.advance(2 * MINUTE)
    const started = minutes.filter((minute) => minute.endsWith('started')).length
    expect(one.launched).toHaveLength(started + 2)
  },
)

test('a clock that is set back starts nothing twice and goes on at once', async () => {
  await using one = await machine({ agents: [agent('dev', everyMinute)], at: '2026-06-01T10:00:00Z' })
  await one.start()
  await one.advance(10 * MINUTE)
  expect(one.launched).toHaveLength(11)
  one.time.set('2026-06-01T09:58:00Z')
  await one.advance(10 * MINUTE)
  // 09:58 to 10:08, of which 10:00 and later have been.
  const again = one.ticks().slice(11)
  expect(again.map((tick) => tick.slice(10))).toEqual([
    '09:59 started',
    ...Array.from({ length: 9 }, (_, i) => `10:0${i} duplicate`),
  ])
  expect(one.logged('the clock was set back')).toHaveLength(1)
})

test.each([
  ['while the machine sleeps', 'sleep'],
  ['while no host is there', 'stop'],
] as const)(
  'misfire = "once": what is missed %s is made up for by one run, and no other agent has any',
  async (_, how) => {
    const hourly = { line: '0 * * * *', timezone: 'UTC' }
    const agents = [
      agent('patient', { schedule: { ...hourly, misfire: 'once' }, scale: 9 }),
      agent('dev', { schedule: hourly }),
    ]
    await using one = await machine({ agents, at: '2026-06-01T10:30:00Z' })
    const host = await one.start()
    await one.advance(MINUTE)
    if (how === 'stop') await host.close()
    one.time.suspend(5 * HOUR, true)
    if (how === 'stop') await one.start()
    await one.advance(5 * MINUTE)
    expect(one.launched.map((order) => order.agent.name)).toEqual(['patient'])
    expect(one.logged('a missed schedule is made up for').map(({ fields }) => fields.minute)).toEqual([
      '2026-06-01T15:00:00.000Z',
    ])
    await one.advance(30 * MINUTE)
    expect(one.ticks().slice(-2)).toEqual(['patient 06-01T16:00 started', 'dev 06-01T16:00 started'])
  },
)

test('a tick that failed is tried again in the next minute', async () => {
  await using one = await machine({
    agents: [agent('dev', { schedule: { line: '5 * * * *', timezone: 'UTC' } })],
    at: '2026-06-01T10:04:30Z',
  })
  await one.start()
  const disk = new DatabaseSync(one.storeFile)
  disk.exec('ALTER TABLE items RENAME TO away')
  await one.advance(MINUTE)
  expect(one.logged('tick failed')).toHaveLength(1)
  expect(one.launched).toHaveLength(0)
  disk.exec('ALTER TABLE away RENAME TO items')
  disk.close()
  await one.advance(10 * MINUTE)
  expect(one.ticks()).toEqual(['dev 06-01T10:05 started'])
})

test('however often a host starts, nothing runs before its minute', async () => {
  const hourly = { schedule: { line: '0 * * * *', timezone: 'UTC' } }
  await using one = await machine({ agents: [agent('dev', hourly), agent('ops', hourly)], at: '2026-06-01T10:10:00Z' })
  for (let starts = 0; starts < 3; starts++) {
    const host = await one.start()
    await one.advance(10 * MINUTE)
    await host.close()
  }
  expect(one.launched).toEqual([])
})

test('a pause holds the schedule of that agent alone, whatever stands before it, and on the next host as well', async () => {
  const agents = [
    agent('first', { ...everyMinute, scale: 0 }),
    agent('deaf'),
    agent('held', everyMinute),
    agent('last', everyMinute),
  ]
  await using one = await machine({ agents, at: '2026-06-01T10:00:30Z' })
  const first = await one.start()
  await first.plane.pauseAgent('held')
  await one.advance(MINUTE)
  await first.close()
  await one.start()
  await one.advance(MINUTE)
  expect(one.ticks().sort()).toEqual([
    'held 06-01T10:01 skipped',
    'held 06-01T10:02 skipped',
    'last 06-01T10:01 started',
    'last 06-01T10:02 started',
  ])
})

test('initial runs start what has a schedule, once, and leave alone what runs', async () => {
  const agents = [
    agent('dev', everyMinute),
    agent('ops', everyMinute),
    agent('deaf'),
    agent('off', { ...everyMinute, scale: 0 }),
  ]
  await using one = await machine({ agents, at: '2026-06-01T10:00:01Z', initialRuns: true, container: 'stays' })
  const first = await one.start()
  await vi.waitFor(() => expect(one.launched.map((order) => order.agent.name).sort()).toEqual(['dev', 'ops']))
  await first.close()
  await one.start()
  await vi.waitFor(() => expect(one.logged('initial run')).toHaveLength(4))
  expect(one.launched).toHaveLength(2)
  expect(one.logged('initial run').map(({ fields }) => fields.kind)).toEqual([
    'started',
    'started',
    'refused',
    'refused',
  ])
})
