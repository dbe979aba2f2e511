import { Cron as Croner } from 'croner'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toCloudScheduler } from './cloud-scheduler.ts'
import { type Cron, parseCron } from './cron.ts'
import { toEventBridge } from './eventbridge.ts'
import { firesAt } from './fires.ts'
import {
  cloudSchedulerFires,
  cloudSchedulerSchedule,
  eventBridgeFires,
  eventBridgeSchedule,
  type Schedule,
} from './testing/cloud-models.ts'
import { lines, SEED } from './testing/generated-lines.ts'
import { type ClockDay, changeDays, clockDay, shownBy, skippedBefore } from './testing/zone-clock.ts'
import { minuteOf, wallClock } from './wall-clock.ts'

/**
 * One sentence, checked for generated lines on every clock change of eleven zones, month ends, a leap day and drawn
 * days: what a cloud fires, deduplicated on the scheduled minute, and what `firesAt` says, is what croner names on the
 * wall clock, each wall-clock minute the first time it is shown.
 *
 * The oracle runs croner in UTC over the wall clock's own dates, so no clock change ever reaches it.
 *
 * CI=1 checks 2,000 lines instead of 200; SEED=n repeats a run whose seed a failure printed.
 */

const LINES = process.env.CI ? 2_000 : 200

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Asia/Kolkata',
  'Asia/Beirut',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
]

const from = Date.UTC(2026, 0, 1)
const to = Date.UTC(2029, 0, 1)

/** The three days around each clock change: of all zones, in one list. */
const changes: readonly (readonly ClockDay[])[] = ZONES.flatMap((timeZone) =>
  changeDays(timeZone, from, to).map((day) => [day - DAY, day, day + DAY].map((start) => clockDay(timeZone, start))),
)

const monthEnds = Array.from({ length: 12 }, (_, month) => Date.UTC(2028, month + 1, 0))
const drawn = fc.sample(fc.integer({ min: 0, max: 20 * 365 }), { numRuns: 20, ...SEED }).map((n) => from + n * DAY)
// The 29th of February 2028 is a month's end; 2100 has none.
const plainDays = [...monthEnds, Date.UTC(2100, 1, 28), Date.UTC(2100, 2, 1), ...drawn]

const clockDays: readonly ClockDay[] = [
  ...changes.flat(),
  ...ZONES.flatMap((timeZone) => plainDays.map((start) => clockDay(timeZone, start))),
]

type Translators = {
  readonly toEventBridge: typeof toEventBridge
  readonly toCloudScheduler: typeof toCloudScheduler
  readonly firesAt: typeof firesAt
}

type Case = {
  readonly line: string
  /** Which clock change `firesAt` is asked about in every minute of three days. */
  readonly change: number
  /** Which minute of each other day. */
  readonly probe: number
}

const cases = fc.record({ line: lines(), change: fc.nat(changes.length - 1), probe: fc.nat(1439) })

const real: Translators = { toEventBridge, toCloudScheduler, firesAt }

/** The first minute on which somebody disagrees with the oracle. */
function disagreement({ line, change, probe }: Case, by: Translators): string | undefined {
  const parsed = parseCron(line)
  if (!parsed.ok) return neverFires(line) ? undefined : `croner fires, but it is refused: ${parsed.reason}`
  const { cron } = parsed
  const oracle = cronersSchedule(line)
  const eventBridge = by.toEventBridge(cron)
  const cloudScheduler = by.toCloudScheduler(cron)
  if (!eventBridge.ok || !cloudScheduler.ok) return 'a translator refuses it'
  const rules = eventBridge.expressions.map(eventBridgeSchedule)
  const job = cloudSchedulerSchedule(cloudScheduler.expressions[0])

  for (const clock of clockDays) {
    const named = cloudSchedulerFires(oracle, clock)
    const expected = firstShowings(named, clock)
    const wrong =
      difference('EventBridge Scheduler', clock, expected, eventBridgeFires(rules, clock)) ??
      difference('Cloud Scheduler', clock, named, cloudSchedulerFires(job, clock))
    if (wrong !== undefined) return wrong
    const first = expected.indexOf(1)
    const minute = first < 0 ? probe : first
    if (by.firesAt(cron, clock.timeZone, new Date(clock.start + minute * MINUTE)) !== (expected[minute] === 1)) {
      return `firesAt ${first < 0 ? 'fires' : 'does not fire'}, ${at(clock, minute)}`
    }
  }

  for (const clock of changes[change] ?? []) {
    const expected = firstShowings(cloudSchedulerFires(oracle, clock), clock)
    const confirmed = expected.map((_, i) =>
      by.firesAt(cron, clock.timeZone, new Date(clock.start + i * MINUTE + (i % 60) * 1000)) ? 1 : 0,
    )
    const filtered = cloudSchedulerFires(job, clock).map((fires, i) => fires & (confirmed[i] ?? 0))
    const wrong =
      difference('firesAt', clock, expected, confirmed) ??
      difference('Cloud Scheduler after firesAt', clock, expected, filtered)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function firstShowings(fires: Uint8Array, clock: ClockDay): Uint8Array {
  return clock.repeats ? fires.map((fire, i) => (clock.repeated[i] === 1 ? 0 : fire)) : fires
}

function difference(who: string, clock: ClockDay, expected: Uint8Array, actual: Uint8Array): string | undefined {
  if (expected === actual || Buffer.compare(expected, actual) === 0) return undefined
  const index = expected.findIndex((fires, i) => fires !== actual[i])
  return `${who} ${actual[index] === 1 ? 'fires' : 'does not fire'}, ${at(clock, index)}`
}

function at(clock: ClockDay, index: number): string {
  const instant = clock.start + index * MINUTE
  const wall = new Date(shownBy(clock.timeZone, instant)).toUTCString().slice(0, 22)
  return `${new Date(instant).toISOString()}, ${wall} in ${clock.timeZone}`
}

function croner(line: string): Croner {
  return new Croner(line, { utcOffset: 0, mode: '5-part' })
}

function neverFires(line: string): boolean {
  return croner(line).nextRun(new Date(from)) === null
}

/** croner's minutes, enumerated on the first day it names; its days, asked about at the first of these minutes. */
function cronersSchedule(line: string): Schedule {
  const job = croner(line)
  const first = job.nextRun(new Date(from - 1)) ?? new Date(Number.NaN)
  const midnight = Math.floor(first.getTime() / DAY) * DAY
  const minutesOfDay = cronersMinutes(job, midnight)
  const known = new Map<number, boolean>()
  return {
    minutesOfDay,
    isOn: (date) => {
      const answer = known.get(date) ?? job.match(new Date(date + first.getTime() - midnight))
      known.set(date, answer)
      return answer
    },
  }
}

function cronersMinutes(job: Croner, midnight: number): Uint8Array {
  const minutes = new Uint8Array(1440)
  let run = job.nextRun(new Date(midnight - 1))
  while (run !== null && run.getTime() < midnight + DAY) {
    minutes[(run.getTime() - midnight) / MINUTE] = 1
    run = job.nextRun(run)
  }
  return minutes
}

const agrees = (by: Translators) =>
  fc.property(cases, (one) => {
    const wrong = disagreement(one, by)
    if (wrong !== undefined) throw new Error(wrong)
  })

describe('a line fires at the wall-clock minutes croner names', () => {
  it(`on both clouds and by firesAt, each minute once, for ${LINES} generated lines`, () => {
    fc.assert(agrees(real), { numRuns: LINES, ...SEED })
  }, 600_000)

  it('and croner names the same minutes on every day it names, as the oracle assumes', () => {
    fc.assert(
      fc.property(lines(), fc.constantFrom(...plainDays), (line, day) => {
        if (!parseCron(line).ok) return
        const { minutesOfDay, isOn } = cronersSchedule(line)
        const expected = isOn(day) ? minutesOfDay : new Uint8Array(1440)
        expect(cronersMinutes(croner(line), day)).toEqual(expected)
      }),
      { numRuns: LINES / 2, ...SEED },
    )
  })
})

describe('the comparison finds', () => {
  const found = (mutation: Partial<Translators>) => {
    const result = fc.check(agrees({ ...real, ...mutation }), { numRuns: 200, endOnFailure: true, ...SEED })
    return (result.errorInstance as Error | null)?.message
  }

  it('a translator that forgets that Sunday is 1 on EventBridge', () => {
    const wrong = (cron: Cron) =>
      toEventBridge({ ...cron, daysOfWeek: cron.daysOfWeek.map((day) => (day + 6) % 7).sort((a, b) => a - b) })
    expect(found({ toEventBridge: wrong })).toContain('EventBridge Scheduler')
  })

  it('a translator that puts both day fields into one expression', () => {
    const wrong: typeof toEventBridge = (cron) => {
      const { ok, expressions } = { expressions: [], ...toEventBridge(cron) }
      const [ofMonth, ofWeek] = expressions.map((expression) => expression.split(' '))
      if (!ok || ofMonth === undefined || ofWeek === undefined) return toEventBridge(cron)
      return { ok: true, expressions: [ofMonth.map((text, i) => (i === 4 ? ofWeek[4] : text)).join(' ')] }
    }
    expect(found({ toEventBridge: wrong })).toContain('not exactly one ?')
  })

  it('a translator that drops one of two day fields', () => {
    const wrong = (cron: Cron) => toEventBridge(cron.days === 'either' ? { ...cron, days: 'of-month' } : cron)
    expect(found({ toEventBridge: wrong })).toContain('EventBridge Scheduler does not fire')
    const alsoWrong = (cron: Cron) => toCloudScheduler(cron.days === 'either' ? { ...cron, days: 'of-week' } : cron)
    expect(found({ toCloudScheduler: alsoWrong })).toContain('Cloud Scheduler does not fire')
  })

  it('a translator that takes a step to go on past the end of its range', () => {
    const wrong = (cron: Cron) => {
      const [first = 0, second = 60] = cron.minutes
      const minutes = Array.from({ length: 60 }, (_, i) => i).filter(
        (i) => i >= first && (i - first) % (second - first) === 0,
      )
      return toEventBridge(cron.minutes.length < 3 ? cron : { ...cron, minutes })
    }
    expect(found({ toEventBridge: wrong })).toContain('EventBridge Scheduler')
  })

  it('a filter that lets a repeated hour fire twice', () => {
    const wrong: typeof firesAt = (cron, timeZone, instant) =>
      firesAt(cron, 'UTC', new Date(wallClock(timeZone, minuteOf(instant))))
    expect(found({ firesAt: wrong })).toContain('firesAt fires')
  })

  it('a filter that moves skipped minutes to the end of the gap, as croner does', () => {
    const skipped = new Map<string, readonly number[]>(changes.flat().flatMap(skippedBefore))
    const wrong: typeof firesAt = (cron, timeZone, instant) =>
      firesAt(cron, timeZone, instant) ||
      (skipped.get(`${timeZone} ${minuteOf(instant)}`) ?? []).some((wall) => firesAt(cron, 'UTC', new Date(wall)))
    expect(found({ firesAt: wrong })).toContain('firesAt fires')
  })
})
