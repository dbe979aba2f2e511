import { DAY_OF_WEEK, type Field, sizeOf } from './fields.ts'

export type Refusal = { readonly ok: false; readonly reason: string }

export type ParsedField = { readonly ok: true; readonly values: readonly number[] } | Refusal

const SUNDAY_AS_SEVEN = 7

const ENTRY = /^(?:\*|(?<from>\d+|[a-z]+)(?:-(?<to>\d+|[a-z]+))?)(?:\/(?<step>\d+))?$/i

/** Spellings other cron dialects have and this one does not. They are looked for only in entries that did not parse. */
const FOREIGN: readonly { readonly spelling: RegExp; readonly is: string }[] = [
  { spelling: /\?/, is: 'uses ? (no value), which is not supported, write *' },
  { spelling: /#/, is: 'uses # (nth weekday of the month), which is not supported' },
  { spelling: /\+/, is: 'uses + (day of month and day of week at once), which is not supported' },
  { spelling: /^(?:\d+|[a-z]{3})?L$|^L-|^LW$/i, is: 'uses L (last), which is not supported' },
  { spelling: /^\d*W$/i, is: 'uses W (nearest working day), which is not supported' },
]

/**
 * The values one field of a cron line names, sorted, each once, Sunday as 0.
 *
 * The spellings are those croner 11 takes without options: lists of values, ranges `a-b` and `*`, the latter two also
 * with a step of at most the number of the field's values. A reason names the field, the wrong piece and what is allowed.
 */
export function parseField(field: Field, text: string): ParsedField {
  const values = new Set<number>()
  for (const entry of text.split(',')) {
    if (entry === '') return refuse(`${field.name} "${text}" has an empty entry, separate values by single commas`)
    const parsed = parseEntry(field, entry)
    if (!parsed.ok) return parsed
    for (const value of parsed.values) values.add(field === DAY_OF_WEEK && value === SUNDAY_AS_SEVEN ? 0 : value)
  }
  return { ok: true, values: [...values].sort((a, b) => a - b) }
}

function parseEntry(field: Field, entry: string): ParsedField {
  const groups = ENTRY.exec(entry)?.groups
  if (groups === undefined) return notUnderstood(field, entry)
  const { from: fromText, to: toText, step: stepText } = groups
  const from = fromText === undefined ? field.first : valueNamed(field, fromText, false)
  const to = toText === undefined ? (fromText === undefined ? field.last : from) : valueNamed(field, toText, true)
  if (from === undefined || to === undefined) return notUnderstood(field, entry)
  const outside = isOutside(field, from) ? fromText : isOutside(field, to) ? toText : undefined
  if (outside !== undefined) return refuse(`${field.name} ${outside} is outside ${numbersOf(field)}`)
  if (fromText !== undefined && toText === undefined && stepText !== undefined) {
    return refuse(
      `${field.name} "${entry}" has a step after a single value, write ${fromText}-${field.last}/${stepText}`,
    )
  }
  if (from > to) return runsBackwards(field, entry, [from, to])

  const step = stepText === undefined ? 1 : Number(stepText)
  if (step < 1 || step > sizeOf(field)) {
    return refuse(`${field.name} step ${stepText} in "${entry}" is outside 1–${sizeOf(field)}`)
  }
  const values: number[] = []
  for (let value = from; value <= to; value += step) values.push(value)
  return { ok: true, values }
}

/** SUN that ends a range is the Sunday after the range's start: `FRI-SUN` is three days, and `SUN-SUN` is all seven. */
function valueNamed(field: Field, text: string, endsRange: boolean): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  const index = field.names.indexOf(text.toUpperCase())
  if (index < 0) return undefined
  return endsRange && field === DAY_OF_WEEK && index === 0 ? SUNDAY_AS_SEVEN : field.first + index
}

function isOutside(field: Field, value: number): boolean {
  return value < field.first || value > highest(field)
}

function highest(field: Field): number {
  return field === DAY_OF_WEEK ? SUNDAY_AS_SEVEN : field.last
}

function numbersOf(field: Field): string {
  return `${field.first}–${highest(field)}`
}

function runsBackwards(field: Field, entry: string, [from, to]: readonly [number, number]): Refusal {
  if (entry.includes('/')) return refuse(`${field.name} range ${entry} runs backwards, list its values instead`)
  const named = /[a-z]/i.test(entry)
  const show = (value: number) => (named ? (field.names[value - field.first] ?? String(value)) : String(value))
  const span = (a: number, b: number) => (a >= b ? show(a) : `${show(a)}-${show(b)}`)
  const forwards = `${span(from, field.last)},${span(field.first, to)}`
  return refuse(`${field.name} range ${entry} runs backwards, write ${forwards}`)
}

function notUnderstood(field: Field, entry: string): Refusal {
  const what = FOREIGN.find(({ spelling }) => spelling.test(entry))?.is ?? 'is not understood'
  const names = field.names.length === 0 ? '' : `, ${field.names[0]}–${field.names.at(-1)}`
  const allowed = `${numbersOf(field)}${names}, ranges a-b, steps */n and a-b/n, and lists of these`
  return refuse(`${field.name} "${entry}" ${what}, allowed are ${allowed}`)
}

function refuse(reason: string): Refusal {
  return { ok: false, reason }
}
