import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cron, parseCron } from './cron.ts'
import { firesAt, isTimeZone, nextFires } from './fires.ts'
import { lines, SEED } from './testing/generated-lines.ts'
import { shownBy } from './testing/zone-clock.ts'
import { firstInstantAt, wallClock } from './wall-clock.ts'

const MINUTE = 60_000

function cron(line: string): Cron {
  const parsed = parseCron(line)
  if (!parsed.ok) throw new Error(`${line}: ${parsed.reason}`)
  return parsed.cron
}

function next(line: string, timeZone: string, after: string, count: number): string[] {
  return nextFires(cron(line), timeZone, new Date(after), count).map((date) => date.toISOString().slice(0, 16))
}

/** All fires of a span, minute by minute. */
function fires(line: string, timeZone: string, from: string, to: string): string[] {
  const found: string[] = []
  for (let instant = Date.parse(from); instant < Date.parse(to); instant += MINUTE) {
    if (firesAt(cron(line), timeZone, new Date(instant))) found.push(new Date(instant).toISOString().slice(0, 16))
  }
  return found
}

describe('a minute the clock skips does not fire', () => {
  it('30 2 * * * in Berlin, where croner alone would fire at 03:00', () => {
    const expected = ['2026-03-28T01:30', '2026-03-30T00:30']
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 2)).toEqual(expected)
    expect(fires('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', '2026-03-30T12:00Z')).toEqual(expected)
  })

  it('midnight in Santiago, Beirut and Cairo, whose clocks go forward at it', () => {
    expect(next('0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', 1)).toEqual(['2026-09-07T03:00'])
    expect(next('0 0 * * *', 'Asia/Beirut', '2026-03-28T12:00Z', 1)).toEqual(['2026-03-29T21:00'])
    expect(next('0 0 * * *', 'Africa/Cairo', '2026-04-23T12:00Z', 1)).toEqual(['2026-04-24T21:00'])
  })

  it('half an hour on Lord Howe', () => {
    expect(next('*/15 2 4 10 *', 'Australia/Lord_Howe', '2026-10-01T00:00Z', 2)).toEqual([
      '2026-10-03T15:30',
      '2026-10-03T15:45',
    ])
  })

  it('the whole 30th of December 2011 in Samoa', () => {
    expect(next('0 12 * 12 *', 'Pacific/Apia', '2011-12-29T00:00Z', 2)).toEqual([
      '2011-12-29T22:00',
      '2011-12-30T22:00',
    ])
    expect(wallClock('Pacific/Apia', Date.parse('2011-12-30T22:00Z'))).toBe(Date.parse('2011-12-31T12:00Z'))
    expect(next('0 12 30 12 *', 'Pacific/Apia', '2011-12-29T00:00Z', 1)).toEqual(['2012-12-29T22:00'])
  })
})

describe('a minute the clock repeats fires once, the first time', () => {
  it('*/30 2 * * * in Berlin, where croner alone would fire in both hours', () => {
    const expected = ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-26T01:00']
    expect(next('*/30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 3)).toEqual(expected)
    expect(fires('*/30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-26T01:01Z')).toEqual(expected)
  })

  it('also when asked for the next fire in the middle of the second time', () => {
    expect(next('* * * * *', 'Europe/Berlin', '2026-10-25T01:10:30Z', 1)).toEqual(['2026-10-25T02:00'])
  })

  it('half an hour on Lord Howe', () => {
    expect(next('*/15 1 5 4 *', 'Australia/Lord_Howe', '2026-04-01T00:00Z', 5)).toEqual([
      '2026-04-04T14:00',
      '2026-04-04T14:15',
      '2026-04-04T14:30',
      '2026-04-04T14:45',
      '2027-04-04T14:30',
    ])
  })

  it('three hours in Casey', () => {
    expect(fires('0 * * * *', 'Antarctica/Casey', '2023-03-08T14:00Z', '2023-03-08T23:00Z')).toEqual([
      '2023-03-08T14:00',
      '2023-03-08T15:00',
      '2023-03-08T19:00',
      '2023-03-08T20:00',
      '2023-03-08T21:00',
      '2023-03-08T22:00',
    ])
  })
})

describe('firesAt', () => {
  it('cuts seconds', () => {
    expect(firesAt(cron('30 2 * * *'), 'UTC', new Date('2026-01-01T02:30:59.999Z'))).toBe(true)
    expect(firesAt(cron('30 2 * * *'), 'UTC', new Date('2026-01-01T02:31:00.000Z'))).toBe(false)
  })

  it('refuses an unknown zone and an invalid date', () => {
    expect(() => firesAt(cron('* * * * *'), 'Mars/Phobos', new Date(0))).toThrow(RangeError)
    expect(() => firesAt(cron('* * * * *'), 'UTC', new Date(Number.NaN))).toThrow(RangeError)
  })
})

describe('nextFires', () => {
  it('is what firesAt finds minute by minute', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kolkata')
    const starts = fc.constantFrom('2026-04-04', '2026-10-03', '2026-03-28', '2026-10-24', '2026-09-05', '2026-12-31')
    fc.assert(
      fc.property(lines(), zones, starts, fc.nat(1440 * 60), (line, zone, start, seconds) => {
        const parsed = parseCron(line)
        if (!parsed.ok) return
        const after = Date.parse(start) + seconds * 1000
        const named = nextFires(parsed.cron, zone, new Date(after), 20)
        const found: number[] = []
        for (
          let instant = Math.ceil((after + 1) / MINUTE) * MINUTE;
          instant < after + 2_000 * MINUTE;
          instant += MINUTE
        ) {
          if (firesAt(parsed.cron, zone, new Date(instant))) found.push(instant)
        }
        const early = named.map((date) => date.getTime()).filter((instant) => instant < after + 2_000 * MINUTE)
        expect(early).toEqual(found.slice(0, 20))
        expect(named.length).toBe(20)
      }),
      { numRuns: process.env.CI ? 1_000 : 100, ...SEED },
    )
  })

  it('comes strictly after the given instant', () => {
    expect(next('30 2 * * *', 'UTC', '2026-01-01T02:30Z', 1)).toEqual(['2026-01-02T02:30'])
    expect(next('30 2 * * *', 'UTC', '2026-01-01T02:29:59.999Z', 1)).toEqual(['2026-01-01T02:30'])
    expect(next('30 2 * * *', 'UTC', '2026-01-01T02:29:59.999Z', 0)).toEqual([])
  })

  it('waits for the 29th of February across 2100', () => {
    expect(next('0 0 29 2 *', 'UTC', '2096-03-01T00:00Z', 2)).toEqual(['2104-02-29T00:00', '2108-02-29T00:00'])
  })
})

describe('a time zone', () => {
  it.each([
    'UTC',
    'Etc/UTC',
    'Europe/Berlin',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'America/Port-au-Prince',
    'GB-Eire',
    'EST',
  ])('%s is one', (name) => {
    expect(isTimeZone(name)).toBe(true)
  })

  it.each([
    '',
    '+02:00',
    '-0530',
    'UTC+2',
    'PST',
    'IST',
    'SystemV/EST5',
    'Mars/Phobos',
    'europe/berlin',
    'EUROPE/BERLIN',
  ])('%j is none', (name) => {
    expect(isTimeZone(name)).toBe(false)
  })

  it('shows the wall clock Intl shows, whichever it is', () => {
    for (const timeZone of Intl.supportedValuesOf('timeZone')) {
      expect(isTimeZone(timeZone), timeZone).toBe(true)
      // Three weeks and some minutes apart, for ten years.
      for (let i = 0; i < 175; i++) {
        const instant = Date.UTC(2020, 0, 1) + i * (21 * 1440 + 7) * MINUTE
        const wall = wallClock(timeZone, instant)
        if (wall !== shownBy(timeZone, instant)) expect.fail(`${timeZone} at ${new Date(instant).toISOString()}`)
        const first = firstInstantAt(timeZone, wall) ?? Number.NaN
        if (!(first <= instant && shownBy(timeZone, first) === wall)) expect.fail(`${timeZone} at ${new Date(wall)}`)
      }
    }
  })
})
