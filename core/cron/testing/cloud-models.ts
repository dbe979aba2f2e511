/**
 * For tests: what the two clouds document about their schedule expressions, as small evaluators that know nothing of
 * the translators. A spelling the documentation does not show is refused, even where the service may take it.
 */

import type { ClockDay } from './zone-clock.ts'

/** The wall-clock minutes an expression names. */
export type Schedule = {
  /** 1 at each minute of the day it names. */
  readonly minutesOfDay: Uint8Array
  /** Whether it names the day; midnight as if in UTC. */
  readonly isOn: (date: number) => boolean
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/**
 * EventBridge Scheduler, user guide, "Schedule types", "Cron-based schedules": six fields; the wildcards are `, - * /`,
 * for the day of month also `?`, for the day of week `?` instead of `/` (and `L W #`, which are not modelled); `a/n`
 * counts from a to the field's end; 1 is Sunday; exactly one of the two day fields is `?`.
 */
export function eventBridgeSchedule(expression: string): Schedule {
  if (expression.length > 256) throw new Error(`${expression.length} characters`)
  const [, minute, hour, dayOfMonth, month, dayOfWeek, year] =
    /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/.exec(expression) ?? []
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek) throw new Error(`not six fields: ${expression}`)
  if (year !== '*') throw new Error(`year ${year}`)
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw new Error(`not exactly one ?: ${expression}`)

  const months = eventBridgeField(month, 1, 12, { names: MONTHS })
  const ofMonth = dayOfMonth === '?' ? undefined : eventBridgeField(dayOfMonth, 1, 31)
  const weekdays = { names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'], slash: false }
  const ofWeek = dayOfWeek === '?' ? undefined : eventBridgeField(dayOfWeek, 1, 7, weekdays)
  return {
    minutesOfDay: minutesOfDay(eventBridgeField(minute, 0, 59), eventBridgeField(hour, 0, 23)),
    isOn: (date) => {
      const day = new Date(date)
      if (!months.has(day.getUTCMonth() + 1)) return false
      return (ofMonth?.has(day.getUTCDate()) ?? true) && (ofWeek?.has(day.getUTCDay() + 1) ?? true)
    },
  }
}

function eventBridgeField(
  text: string,
  first: number,
  last: number,
  { names = [], slash = true }: { names?: readonly string[]; slash?: boolean } = {},
): ReadonlySet<number> {
  if (text === '*') return values(first, last)
  const number = (token: string) => numberIn(token, first, last, names)
  const [, start, step] = /^([^/,-]+)\/(\d+)$/.exec(text) ?? []
  if (start !== undefined && step !== undefined) {
    if (!slash) throw new Error(`/ in a field without it: ${text}`)
    return values(number(start), last, Number(step))
  }
  return union(
    text.split(',').map((item) => {
      const [from = '', to = from, ...rest] = item.split('-')
      if (rest.length > 0) throw new Error(`not a range: ${item}`)
      return values(number(from), number(to))
    }),
  )
}

/**
 * Cloud Scheduler, "Cron job format and time zone": unix-cron, five fields; `*`, values, ranges, lists, a step after
 * `*` or a range; 0 and 7 are Sunday; the two day fields are an inclusive OR unless one is unrestricted by an asterisk.
 * Whether `*` with a step is such an asterisk is not said, so it is refused in the day fields.
 */
export function cloudSchedulerSchedule(expression: string): Schedule {
  if (expression.length > 256) throw new Error(`${expression.length} characters`)
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...more] = expression.split(' ')
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek || more.length > 0) {
    throw new Error(`not five fields: ${expression}`)
  }
  if (/\*./.test(dayOfMonth) || /\*./.test(dayOfWeek)) throw new Error(`asterisk with a step: ${expression}`)

  const months = cloudSchedulerField(month, 1, 12)
  const ofMonth = cloudSchedulerField(dayOfMonth, 1, 31)
  const ofWeek = cloudSchedulerField(dayOfWeek, 0, 7)
  const isUnion = dayOfMonth !== '*' && dayOfWeek !== '*'
  return {
    minutesOfDay: minutesOfDay(cloudSchedulerField(minute, 0, 59), cloudSchedulerField(hour, 0, 23)),
    isOn: (date) => {
      const day = new Date(date)
      if (!months.has(day.getUTCMonth() + 1)) return false
      const weekday = day.getUTCDay()
      const isOfMonth = ofMonth.has(day.getUTCDate())
      const isOfWeek = ofWeek.has(weekday) || (weekday === 0 && ofWeek.has(7))
      return isUnion ? isOfMonth || isOfWeek : isOfMonth && isOfWeek
    },
  }
}

function cloudSchedulerField(text: string, first: number, last: number): ReadonlySet<number> {
  return union(
    text.split(',').map((item) => {
      const [range = '', step = '1', ...rest] = item.split('/')
      if (rest.length > 0) throw new Error(`two steps: ${item}`)
      if (range === '*') return values(first, last, Number(step))
      const [from = '', to, ...more] = range.split('-')
      if (more.length > 0) throw new Error(`not a range: ${item}`)
      if (to === undefined && item.includes('/')) throw new Error(`a step after a value: ${item}`)
      return values(numberIn(from, first, last, []), numberIn(to ?? from, first, last, []), Number(step))
    }),
  )
}

/**
 * EventBridge Scheduler, same page, "Daylight savings time": a minute the clock skips does not fire, one it repeats
 * fires once. The minutes of the day on which at least one of the schedules fires: 1 at their index.
 */
export function eventBridgeFires(schedules: readonly Schedule[], clock: ClockDay): Uint8Array {
  const on = schedules.filter(({ isOn }) => clock.dates.some(isOn))
  if (on.length === 0) return NEVER
  const fires = new Uint8Array(MINUTES_OF_DAY)
  for (const schedule of on) markNamed(fires, schedule, clock)
  return clock.repeats ? fires.map((fire, i) => (clock.repeated[i] === 1 ? 0 : fire)) : fires
}

/** Cloud Scheduler "runs on wall clock time": what the clock skips does not fire, what it repeats may fire twice. */
export function cloudSchedulerFires(schedule: Schedule, clock: ClockDay): Uint8Array {
  if (!clock.dates.some(schedule.isOn)) return NEVER
  const fires = new Uint8Array(MINUTES_OF_DAY)
  markNamed(fires, schedule, clock)
  return fires
}

const MINUTES_OF_DAY = 24 * 60
const NEVER = new Uint8Array(MINUTES_OF_DAY)

function markNamed(fires: Uint8Array, schedule: Schedule, clock: ClockDay): void {
  const isOn = Uint8Array.from(clock.dates, (date) => (schedule.isOn(date) ? 1 : 0))
  for (let i = 0; i < MINUTES_OF_DAY; i++) {
    fires[i] =
      (fires[i] ?? 0) | ((isOn[clock.date[i] ?? 0] ?? 0) & (schedule.minutesOfDay[clock.minuteOfDay[i] ?? 0] ?? 0))
  }
}

function minutesOfDay(minutes: ReadonlySet<number>, hours: ReadonlySet<number>): Uint8Array {
  const named = new Uint8Array(MINUTES_OF_DAY)
  for (const hour of hours) for (const minute of minutes) named[hour * 60 + minute] = 1
  return named
}

function numberIn(token: string, first: number, last: number, names: readonly string[]): number {
  const value = names.includes(token) ? first + names.indexOf(token) : /^\d+$/.test(token) ? Number(token) : Number.NaN
  if (!(value >= first && value <= last)) throw new Error(`${token} is not in ${first}–${last}`)
  return value
}

function values(from: number, to: number, step = 1): ReadonlySet<number> {
  if (!(from <= to) || !(step >= 1)) throw new Error(`from ${from} to ${to} by ${step}`)
  const named = new Set<number>()
  for (let value = from; value <= to; value += step) named.add(value)
  return named
}

function union(sets: readonly ReadonlySet<number>[]): ReadonlySet<number> {
  return new Set(sets.flatMap((set) => [...set]))
}
