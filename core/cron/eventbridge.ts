import type { Cron } from './cron.ts'
import { bounded, isEvery, listed, stepToTheEnd, type Translation } from './expression.ts'
import { DAY_OF_MONTH, type Field, HOUR, MINUTE, MONTH } from './fields.ts'

/**
 * The line as one or two expressions `cron(minute hour day-of-month month day-of-week year)` of EventBridge Scheduler.
 *
 * One of the two day fields has to be `?`, so a line that means either of them becomes two expressions. On a day both
 * name they send the same scheduled minute twice; deduplicated on it, the union is exact.
 *
 * Only forms of the "Schedule types" page of the EventBridge Scheduler User Guide are used: `*`, `?`, values, ranges,
 * lists, and `a/n` for steps from a to the field's end, which the day of week does not have.
 */
export function toEventBridge(cron: Cron): Translation<readonly [string] | readonly [string, string]> {
  const minute = textOf(MINUTE, cron.minutes)
  const hour = textOf(HOUR, cron.hours)
  const month = textOf(MONTH, cron.months)
  const expression = (dayOfMonth: string, dayOfWeek: string) =>
    `cron(${minute} ${hour} ${dayOfMonth} ${month} ${dayOfWeek} *)`

  const everyDay = () => expression('*', '?')
  const ofMonth = () => expression(textOf(DAY_OF_MONTH, cron.daysOfMonth), '?')
  // 1 is Sunday there. Shifted as numbers, before ranges form: shifting text would get `0,6` and `5-7` wrong.
  const ofWeek = () => expression('?', listed(cron.daysOfWeek.map((day) => day + 1)))

  switch (cron.days) {
    case 'any':
      return bounded('EventBridge Scheduler', [everyDay()])
    case 'of-month':
      return bounded('EventBridge Scheduler', [ofMonth()])
    case 'of-week':
      return bounded('EventBridge Scheduler', [ofWeek()])
    case 'either':
      return bounded('EventBridge Scheduler', [ofMonth(), ofWeek()])
  }
}

function textOf(field: Field, values: readonly number[]): string {
  if (isEvery(field, values)) return '*'
  const step = stepToTheEnd(field, values)
  return step === undefined ? listed(values) : `${values[0]}/${step}`
}
