import { type Field, sizeOf } from './fields.ts'
import type { Refusal } from './parse-field.ts'

/** A line in a cloud's own language, or why that cloud cannot say it exactly. Expressions are to be read as a union. */
export type Translation<Expressions extends readonly string[]> =
  | { readonly ok: true; readonly expressions: Expressions }
  | Refusal

/**
 * EventBridge Scheduler's limit of `ScheduleExpression`. Cloud Scheduler documents none for `schedule` but the size of
 * the whole job; it is held to the same.
 */
const MAX_EXPRESSION = 256

/**
 * Refuses a translation with an expression of more than `MAX_EXPRESSION` characters. The longest any line needs is 240,
 * so this only bites if a field's text is one day written less tightly.
 */
export function bounded<Expressions extends readonly string[]>(
  cloud: string,
  expressions: Expressions,
): Translation<Expressions> {
  const tooLong = expressions.find((expression) => expression.length > MAX_EXPRESSION)
  if (tooLong === undefined) return { ok: true, expressions }
  const size = `${tooLong.length} characters, at most ${MAX_EXPRESSION} are allowed`
  return { ok: false, reason: `the expression for ${cloud} would have ${size}, name fewer separate values` }
}

/** Whether the values are all of the field's. */
export function isEvery(field: Field, values: readonly number[]): boolean {
  return values.length === sizeOf(field)
}

/**
 * The distance between the values if they are what a step counts: at least three, evenly spaced by more than one, and
 * the next would be past the field's end. Undefined otherwise.
 */
export function stepToTheEnd(field: Field, values: readonly number[]): number | undefined {
  const [first, second, third] = values
  if (first === undefined || second === undefined || third === undefined) return undefined
  const step = second - first
  const isComplete = first + step * values.length > field.last
  const isEven = values.every((value, index) => value === first + step * index)
  return step > 1 && isComplete && isEven ? step : undefined
}

/** Sorted values as a list of numbers and of ranges of three or more: `1,2,5-9`. */
export function listed(values: readonly number[]): string {
  const runs: number[][] = []
  for (const value of values) {
    const run = runs.at(-1)
    if (run !== undefined && run.at(-1) === value - 1) run.push(value)
    else runs.push([value])
  }
  return runs.map((run) => (run.length < 3 ? run.join(',') : `${run[0]}-${run.at(-1)}`)).join(',')
}
