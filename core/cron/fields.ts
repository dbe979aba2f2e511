/** One of the five places of a cron line and the values it can name. */
export type Field = {
  readonly name: string
  readonly first: number
  readonly last: number
  /** Three-letter names of the values from `first` on; empty where the field has none. */
  readonly names: readonly string[]
}

export const MINUTE: Field = { name: 'minute', first: 0, last: 59, names: [] }

export const HOUR: Field = { name: 'hour', first: 0, last: 23, names: [] }

export const DAY_OF_MONTH: Field = { name: 'day of month', first: 1, last: 31, names: [] }

export const MONTH: Field = {
  name: 'month',
  first: 1,
  last: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
}

/** Sunday is 0, and also 7: `parseField` turns 7 into 0, so a parsed line only holds 0 to 6. */
export const DAY_OF_WEEK: Field = {
  name: 'day of week',
  first: 0,
  last: 6,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
}

export const FIELDS: readonly [Field, Field, Field, Field, Field] = [MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK]

/** How many values the field has. */
export function sizeOf(field: Field): number {
  return field.last - field.first + 1
}
