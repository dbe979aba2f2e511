import { type Difference, none } from './finding.ts'

/** What is expected, where that cannot be told. */
export const unresolved = Symbol('unresolved')

/**
 * Where `found` is not as `expected` says. What is expected of an object is looked at key by key, and what it has beyond
 * that is not; lists of texts are sets. Numbers and texts are the same when they look the same, since templates say "512"
 * where services answer 512. What could not be resolved is not compared.
 */
export function differences(what: string, expected: unknown, found: unknown): Difference[] {
  if (expected === unresolved || expected === undefined) return []
  if (isRecord(expected)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(what === '' ? key : `${what}.${key}`, value, isRecord(found) ? found[key] : undefined),
    )
  }
  const [wanted, given] = [shown(expected), shown(found)]
  return wanted === given ? [] : [{ what, expected: wanted, found: given }]
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as one text that is equal for equal values. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return none
  if (Array.isArray(value)) return value.length === 0 ? none : value.map(shown).sort().join(', ')
  return isRecord(value) ? canonical(value) : String(value)
}

/** JSON with its keys in order. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`
}
