import type { Cron } from './cron.ts'
import { bounded, isEvery, listed, stepToTheEnd, type Translation } from './expression.ts'
import { DAY_OF_MONTH, type Field, HOUR, MINUTE, MONTH } from './fields.ts'

/**
 * The line as one expression in the unix-cron format of Cloud Scheduler, whose two day fields are an inclusive OR
 * unless an asterisk marks one of them as unrestricted (its page "Cron job format and time zone").
 *
 * It runs on the wall clock and may fire in both copies of a repeated hour: the handler has to ask `firesAt` about each
 * tick.
 */
export function toCloudScheduler(cron: Cron): Translation<readonly [string]> {
  const minute = textOf(MINUTE, cron.minutes)
  const hour = textOf(HOUR, cron.hours)
  const month = textOf(MONTH, cron.months)
  const dayOfMonth = cron.days === 'of-month' || cron.days === 'either' ? dayOfMonthText(cron.daysOfMonth) : '*'
  const dayOfWeek = cron.days === 'of-week' || cron.days === 'either' ? listed(cron.daysOfWeek) : '*'
  return bounded('Cloud Scheduler', [`${minute} ${hour} ${dayOfMonth} ${month} ${dayOfWeek}`])
}

function textOf(field: Field, values: readonly number[]): string {
  if (isEvery(field, values)) return '*'
  const step = stepToTheEnd(field, values)
  if (step === undefined) return listed(values)
  return values[0] === field.first ? `*/${step}` : `${values[0]}-${field.last}/${step}`
}

/** Never with an asterisk: whether `*` with a step marks a day field as unrestricted is documented nowhere. */
function dayOfMonthText(days: readonly number[]): string {
  const step = stepToTheEnd(DAY_OF_MONTH, days)
  return step === undefined ? listed(days) : `${days[0]}-${DAY_OF_MONTH.last}/${step}`
}
