type JsonObject = Readonly<Record<string, unknown>>

/** The value if it is an object (no array), else nothing. */
export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
}

/**
 * What lies at a path of a parsed JSON value, or nothing. Only own properties count, so that a payload's `constructor` or
 * `__proto__` finds no function; the key `0` of an array is its first element.
 */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined
    here = (here as Record<string | number, unknown>)[key]
  }
  return here
}

/** The first of the values that is a text with something in it. */
export function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '')
}

/** The names of labels given as objects (`[{ "name": "bug" }]`); anything else in the list is passed over. */
export function labelNames(labels: unknown): string[] {
  return Array.isArray(labels)
    ? labels.map((label) => at(label, 'name')).filter((name) => typeof name === 'string')
    : []
}
