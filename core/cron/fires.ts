import type { Cron } from './cron.ts'
import { firstInstantAt, formatterOf, minuteOf, type WallMinute, wallClock } from './wall-clock.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** 29 February can be 8 years away (over 2100), and a clock change may skip it once or twice. */
const LONGEST_WAIT = 40 * 365 * DAY

/** Names `Intl` inherits from old Java and tz releases; the IANA database does not have them. */
const NOT_IANA: ReadonlySet<string> = new Set(
  (
    'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST ' +
    'US/Pacific-New SystemV/AST4 SystemV/AST4ADT SystemV/CST6 SystemV/CST6CDT SystemV/EST5 SystemV/EST5EDT ' +
    'SystemV/HST10 SystemV/MST7 SystemV/MST7MDT SystemV/PST8 SystemV/PST8PDT SystemV/YST9 SystemV/YST9YDT'
  ).split(' '),
)

/**
 * Whether the name is a zone of the IANA database that `Intl` knows, spelled as there. Offsets such as `+02:00` and
 * abbreviations such as `PST` are not: they have no clock changes, and the clouds do not take them.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Z][\w+-]*(?:\/[A-Z][\w+-]*)*$/.test(name) || NOT_IANA.has(name)) return false
  try {
    // Intl ignores case, the clouds need not; an alias resolves to another name and cannot be compared.
    const resolved = formatterOf(name).resolvedOptions().timeZone
    return resolved.toLowerCase() !== name.toLowerCase() || resolved === name
  } catch {
    return false
  }
}

/**
 * Whether the line fires in the minute of the instant: the wall clock of the IANA zone shows a minute the line names,
 * and shows it for the first time. So a minute the clock repeats fires once and a minute it skips does not fire, which
 * is EventBridge Scheduler's rule ("Daylight savings time" in its user guide) and ours on every host.
 *
 * Throws a RangeError for an unknown zone or an invalid date.
 */
export function firesAt(cron: Cron, timeZone: string, instant: Date): boolean {
  const minute = minuteOf(instant)
  const wall = wallClock(timeZone, minute)
  return names(cron, wall) && firstInstantAt(timeZone, wall) === minute
}

/**
 * The next minutes at which `firesAt` holds, strictly after `after`, in order; `count` of them.
 *
 * Throws a RangeError for an unknown zone or an invalid date.
 */
export function nextFires(cron: Cron, timeZone: string, after: Date, count: number): Date[] {
  const fires: Date[] = []
  // First showings are in wall-clock order, and whatever shows for the first time later shows more than this.
  const start = wallClock(timeZone, minuteOf(after))
  let lastDay = start + LONGEST_WAIT
  for (let day = Math.floor(start / DAY) * DAY; day <= lastDay && fires.length < count; day += DAY) {
    if (!namesDay(cron, day)) continue
    for (const wall of minutesOfDay(cron, day)) {
      if (wall < start) continue
      const instant = firstInstantAt(timeZone, wall)
      if (instant === undefined || instant <= after.getTime()) continue
      fires.push(new Date(instant))
      lastDay = day + LONGEST_WAIT
      if (fires.length === count) break
    }
  }
  return fires
}

function* minutesOfDay(cron: Cron, day: WallMinute): Generator<WallMinute> {
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) yield day + hour * HOUR + minute * MINUTE
  }
}

function names(cron: Cron, wall: WallMinute): boolean {
  const date = new Date(wall)
  return cron.minutes.includes(date.getUTCMinutes()) && cron.hours.includes(date.getUTCHours()) && namesDay(cron, wall)
}

function namesDay(cron: Cron, wall: WallMinute): boolean {
  const date = new Date(wall)
  if (!cron.months.includes(date.getUTCMonth() + 1)) return false
  const ofMonth = cron.daysOfMonth.includes(date.getUTCDate())
  const ofWeek = cron.daysOfWeek.includes(date.getUTCDay())
  switch (cron.days) {
    case 'any':
      return true
    case 'of-month':
      return ofMonth
    case 'of-week':
      return ofWeek
    case 'either':
      return ofMonth || ofWeek
  }
}
