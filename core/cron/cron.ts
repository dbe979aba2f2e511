import { DAY_OF_MONTH, DAY_OF_WEEK, FIELDS, type Field, HOUR, MINUTE, MONTH, sizeOf } from './fields.ts'
import { parseField, type Refusal } from './parse-field.ts'

/** The wall-clock minutes a cron line names, in no particular time zone. */
export type Cron = {
  /** The line as written, its fields separated by single blanks. */
  readonly line: string
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly daysOfMonth: readonly number[]
  /** 1 is January. */
  readonly months: readonly number[]
  /** 0 is Sunday, 6 is Saturday. */
  readonly daysOfWeek: readonly number[]
  /**
   * Which of `daysOfMonth` and `daysOfWeek` decide about a day: neither, one, or either of them. It is in its simplest
   * form: `any` also where a field written out names every day, `of-week` also where the days of the month never come.
   */
  readonly days: 'any' | 'of-month' | 'of-week' | 'either'
}

export type ParsedCron = { readonly ok: true; readonly cron: Cron } | Refusal

const MAX_LENGTH = 256

/** What croner makes of them; `@weekly` is the night to Sunday. */
const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
])

const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

const EXPECTED = `use exactly 5: ${FIELDS.map((field) => field.name).join(', ')}`

/**
 * Reads a line of the one cron dialect: five fields or a nickname, as croner 11 reads them without options, minus what
 * no scheduler agrees on (`L W # ? +`, seconds, years, `@reboot`, time zones in the line). A day matches if the day of
 * month **or** the day of week does when both are restricted, and only the literal `*` is unrestricted.
 *
 * A refusal's reason holds the wrong piece and what is allowed. A line no date ever matches is refused.
 */
export function parseCron(line: string): ParsedCron {
  if (line.length > MAX_LENGTH) {
    return refuse(`the line has ${line.length} characters, at most ${MAX_LENGTH} are allowed`)
  }
  const written = line.match(/\S+/g) ?? []
  const [head = ''] = written
  if (/^(?:CRON_)?TZ=/i.test(head)) return refuse(`"${head}" is not supported in the line, use the timezone setting`)
  if (head.startsWith('@')) return parseNickname(written.join(' '))
  return parseFields(written.join(' '), written)
}

function parseNickname(line: string): ParsedCron {
  const expansion = NICKNAMES.get(line.toLowerCase())
  if (expansion !== undefined) return parseFields(line, expansion.split(' '))
  const problem = /^@reboot$/i.test(line) ? 'not supported, as nothing here ever boots' : 'not known'
  return refuse(`"${line}" is ${problem}, allowed are ${[...NICKNAMES.keys()].join(' ')} and five fields`)
}

function parseFields(line: string, texts: readonly string[]): ParsedCron {
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...more] = texts
  if (minute === undefined) return refuse(`the line is empty, ${EXPECTED}`)
  if (hour === undefined || dayOfMonth === undefined || month === undefined || dayOfWeek === undefined) {
    return refuse(`"${line}" has ${texts.length} of the 5 fields, ${EXPECTED}`)
  }
  if (more.length > 0) {
    const guess = more.length <= 2 ? '; a seconds or year field is not supported' : ''
    return refuse(`"${line}" has ${texts.length} fields, ${EXPECTED}${guess}`)
  }

  const minutes = parseField(MINUTE, minute)
  if (!minutes.ok) return minutes
  const hours = parseField(HOUR, hour)
  if (!hours.ok) return hours
  const daysOfMonth = parseField(DAY_OF_MONTH, dayOfMonth)
  if (!daysOfMonth.ok) return daysOfMonth
  const months = parseField(MONTH, month)
  if (!months.ok) return months
  const daysOfWeek = parseField(DAY_OF_WEEK, dayOfWeek)
  if (!daysOfWeek.ok) return daysOfWeek

  const days = daysThatDecide(
    { restricted: dayOfMonth !== '*', values: daysOfMonth.values },
    { restricted: dayOfWeek !== '*', values: daysOfWeek.values },
    months.values,
  )
  if (days === 'none') {
    return refuse(`the line never fires, day of month ${dayOfMonth} does not exist in month ${month}`)
  }
  return {
    ok: true,
    cron: {
      line,
      minutes: minutes.values,
      hours: hours.values,
      daysOfMonth: daysOfMonth.values,
      months: months.values,
      daysOfWeek: daysOfWeek.values,
      days,
    },
  }
}

type Days = { readonly restricted: boolean; readonly values: readonly number[] }

function daysThatDecide(ofMonth: Days, ofWeek: Days, months: readonly number[]): Cron['days'] | 'none' {
  if (!ofMonth.restricted && !ofWeek.restricted) return 'any'
  // Either of two restricted fields is enough, so one that names every day makes the other meaningless.
  if (namesEveryDay(ofMonth, DAY_OF_MONTH) || namesEveryDay(ofWeek, DAY_OF_WEEK)) return 'any'
  if (!ofMonth.restricted) return 'of-week'
  const longest = Math.max(...months.map((month) => LONGEST_MONTH[month - 1] ?? 0))
  if (!ofMonth.values.some((day) => day <= longest)) return ofWeek.restricted ? 'of-week' : 'none'
  return ofWeek.restricted ? 'either' : 'of-month'
}

function namesEveryDay(days: Days, field: Field): boolean {
  return days.restricted && days.values.length === sizeOf(field)
}

function refuse(reason: string): Refusal {
  return { ok: false, reason }
}
