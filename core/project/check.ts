import * as z from 'zod'
import { nearest } from './nearest.ts'
import { formatKey, type KeyPath, type Problem } from './problem.ts'
import { quote } from './quote.ts'
import type { Document } from './toml.ts'

/**
 * Checks a value of a document against a schema and adds a problem for each thing that does not fit. The answer is the
 * parsed value when everything fits. `base` is where the value stands in the document.
 */
export function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  document: Document,
  base: KeyPath,
  problems: Problem[],
): z.output<S> | undefined {
  const result = schema.safeParse(value)
  const dates = datesForTables(schema, value)
  if (result.success && dates.length === 0) return result.data
  for (const path of dates) {
    problems.push(problemAt(document, [...base, ...path], `expected ${describe(schema, path)}, got a date`))
  }
  for (const issue of result.error?.issues ?? []) {
    const inner = issue.path as KeyPath
    if (dates.some((path) => path.every((part, i) => part === inner[i]))) continue
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, inner)
      for (const key of issue.keys) {
        const path = [...base, ...inner, key]
        problems.push(problemAt(document, path, `unknown key${nearest(key, known)}`))
      }
      continue
    }
    const found = at(value, inner)
    const expected = describe(schema, inner)
    const path = [...base, ...inner]
    if (found === undefined) problems.push(problemAt(document, path, `missing: expected ${expected}`))
    else
      problems.push(problemAt(document, path, `expected ${expected}, got ${quote(found)}${hint(schema, inner, found)}`))
  }
  return undefined
}

/** A problem at a key of a document, with its line. */
export function problemAt(document: Document, path: KeyPath, message: string): Problem {
  return { ...document.locate(path), key: safeKey(path), message }
}

/** Adds what has not been reported of its key yet: a key that was left out because it is wrong is not missing as well. */
export function addNew(problems: Problem[], found: readonly Problem[]): void {
  const before = problems.map(({ file, key }) => `${file} ${key}`)
  problems.push(...found.filter(({ file, key }) => !before.includes(`${file} ${key}`)))
}

/** A key may itself be a token pasted in the wrong place. */
function safeKey(path: KeyPath): string {
  return formatKey(
    path.map((part) => (typeof part === 'string' && quote(part) !== JSON.stringify(part) ? `(${quote(part)})` : part)),
  )
}

const at = (value: unknown, path: KeyPath): unknown =>
  path.reduce<unknown>((inner, part) => (inner as Record<string | number, unknown> | undefined)?.[part], value)

/** Where a date stands and a table should: to the parser of the schemas a date is an object, and so a table. */
function datesForTables(schema: z.core.$ZodType, value: unknown, path: KeyPath = []): KeyPath[] {
  if (value instanceof Date) return unwrap(schemaAt(schema, path)) instanceof z.ZodObject ? [path] : []
  if (Array.isArray(value)) return value.flatMap((item, i) => datesForTables(schema, item, [...path, i]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => datesForTables(schema, item, [...path, key]))
}

/** Takes away what wraps a schema without changing its keys. */
export function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.def.innerType
  return inner instanceof z.ZodPipe ? unwrap(inner.def.in) : inner
}

function step(schema: z.core.$ZodType | undefined, part: string | number): z.core.$ZodType | undefined {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodObject) return (inner.def.shape as Record<string, z.core.$ZodType>)[part]
  if (inner instanceof z.ZodArray) return inner.def.element
  if (inner instanceof z.ZodRecord) return inner.def.valueType
  return undefined
}

const schemaAt = (schema: z.core.$ZodType, path: KeyPath): z.core.$ZodType | undefined =>
  path.reduce<z.core.$ZodType | undefined>(step, schema)

function keysAt(schema: z.core.$ZodType, path: KeyPath): string[] {
  const inner = unwrap(schemaAt(schema, path))
  return inner instanceof z.ZodObject ? Object.keys(inner.def.shape) : []
}

function describe(schema: z.core.$ZodType, path: KeyPath): string {
  let inner = schemaAt(schema, path)
  for (;;) {
    const description = inner instanceof z.ZodType ? inner.description : undefined
    if (description !== undefined) return description
    if (!(inner instanceof z.ZodOptional)) return 'a table'
    inner = inner.def.innerType
  }
}

function hint(schema: z.core.$ZodType, path: KeyPath, found: unknown): string {
  const inner = unwrap(schemaAt(schema, path))
  if (typeof found !== 'string') return ''
  if (inner instanceof z.ZodEnum) return nearest(found, inner.options as string[])
  return ''
}
