const MINUTE = 60_000
/** No zone was ever further from UTC. */
const FURTHEST_OFFSET = 16 * 60 * MINUTE

/**
 * A minute on the wall clock of some zone: the milliseconds its date and time would be at in UTC. Days of the week and
 * of the month are read from it with `getUTC…`.
 */
export type WallMinute = number

/** Making a formatter takes 40 times as long as using it. There are some 600 names of zones, so this stays small. */
const formatters = new Map<string, Intl.DateTimeFormat>()

/** The formatter of an IANA zone, kept for the next call. Throws a RangeError for a zone `Intl` does not know. */
export function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone)
  if (known !== undefined) return known
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  formatters.set(timeZone, formatter)
  return formatter
}

/** The start of the instant's minute, as epoch milliseconds. */
export function minuteOf(instant: Date): number {
  return Math.floor(instant.getTime() / MINUTE) * MINUTE
}

/** What the zone's wall clock shows at an instant (epoch milliseconds), cut to the minute. */
export function wallClock(timeZone: string, instant: number): WallMinute {
  // `10/25/2026, 02:30`: half the time of formatToParts, and the tests compare the two.
  const text = formatterOf(timeZone).format(instant)
  const part = (from: number, to: number) => Number(text.slice(from, to))
  return Date.UTC(part(6, 10), part(0, 2) - 1, part(3, 5), part(12, 14), part(15, 17))
}

/**
 * The first instant (epoch milliseconds) at which the zone's wall clock shows the minute; undefined if a clock change
 * skips it.
 *
 * Every instant that could show it lies within the furthest offset of it, and as no zone changes its clock twice in so
 * short a time (none did within 48 hours since 1975), it has the offset in force at the one end or at the other.
 */
export function firstInstantAt(timeZone: string, wall: WallMinute): number | undefined {
  const start = wall - FURTHEST_OFFSET
  const end = wall + FURTHEST_OFFSET
  const before = wallClock(timeZone, start) - start
  const after = wallClock(timeZone, end) - end
  if (before === after) return wall - before
  // The larger offset is the earlier instant.
  const candidates = [wall - Math.max(before, after), wall - Math.min(before, after)]
  return candidates.find((instant) => wallClock(timeZone, instant) === wall)
}
