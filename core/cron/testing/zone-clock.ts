/**
 * For tests: what the wall clock of a zone shows in every minute of a UTC day, worked out without `wall-clock.ts`.
 */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const MINUTES_OF_DAY = 24 * 60

/** One UTC day. Index i of the arrays is its i-th minute. */
export type ClockDay = {
  readonly timeZone: string
  /** Epoch milliseconds. */
  readonly start: number
  /** The dates the wall clock shows that day, midnight as if in UTC. */
  readonly dates: readonly number[]
  /** Index into `dates`. */
  readonly date: Uint8Array
  readonly minuteOfDay: Uint16Array
  /** 1 if the wall clock has shown this minute before. */
  readonly repeated: Uint8Array
  /** Whether `repeated` has a 1. */
  readonly repeats: boolean
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** The wall clock as milliseconds as if in UTC. */
export function shownBy(timeZone: string, instant: number): number {
  const formatter =
    formatters.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
  formatters.set(timeZone, formatter)
  const shown = new Map(formatter.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes) => shown.get(type) ?? Number.NaN
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
}

/** The starts of the UTC days between two instants on which the zone changes its clock. */
export function changeDays(timeZone: string, from: number, to: number): number[] {
  const offset = (instant: number) => shownBy(timeZone, instant) - instant
  const days: number[] = []
  for (let day = from; day < to; day += DAY) {
    if (offset(day) !== offset(day + DAY)) days.push(day)
  }
  return days
}

/** The wall clock over the UTC day that starts at `start`. */
export function clockDay(timeZone: string, start: number): ClockDay {
  const dates: number[] = []
  const date = new Uint8Array(MINUTES_OF_DAY)
  const minuteOfDay = new Uint16Array(MINUTES_OF_DAY)
  const repeated = new Uint8Array(MINUTES_OF_DAY)
  const seen = new Set<number>()
  // No clock was ever turned back by more than a day.
  for (const [instant, wall] of showings(timeZone, start - DAY, start + DAY)) {
    const index = (instant - start) / MINUTE
    if (index >= 0) {
      const day = Math.floor(wall / DAY) * DAY
      if (dates.at(-1) !== day) dates.push(day)
      date[index] = dates.length - 1
      minuteOfDay[index] = (wall - day) / MINUTE
      repeated[index] = seen.has(wall) ? 1 : 0
    }
    seen.add(wall)
  }
  return { timeZone, start, dates, date, minuteOfDay, repeated, repeats: repeated.includes(1) }
}

/** Asks `Intl` about every minute only in hours in which the offset changes, as it takes 4 µs. */
function* showings(timeZone: string, from: number, to: number): Generator<readonly [number, number]> {
  for (let hour = from; hour < to; hour += HOUR) {
    const offset = shownBy(timeZone, hour) - hour
    const isSteady = shownBy(timeZone, hour + HOUR) - (hour + HOUR) === offset
    for (let instant = hour; instant < hour + HOUR; instant += MINUTE) {
      yield [instant, isSteady ? instant + offset : shownBy(timeZone, instant)]
    }
  }
}

/** The first instant after each gap of the day, as `zone milliseconds`, with the wall-clock minutes the gap skipped. */
export function skippedBefore(clock: ClockDay): (readonly [string, readonly number[]])[] {
  const walls = Array.from(clock.minuteOfDay, (minute, i) => (clock.dates[clock.date[i] ?? 0] ?? 0) + minute * MINUTE)
  return walls.flatMap((wall, i) => {
    const before = walls[i - 1] ?? wall
    const length = Math.max(0, (wall - before) / MINUTE - 1)
    if (length === 0) return []
    const gap = Array.from({ length }, (_, k) => before + (k + 1) * MINUTE)
    return [[`${clock.timeZone} ${clock.start + i * MINUTE}`, gap] as const]
  })
}
