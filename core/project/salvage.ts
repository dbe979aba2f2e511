import * as z from 'zod'
import { unwrap } from './check.ts'

/**
 * The valid parts of a value that has mistakes, so that one mistake does not hide the next: the keys of a table that fit,
 * the entries of a map that do. A map's entry that does not fit stays as an empty table: its name is still meant.
 */
export function salvage(schema: z.core.$ZodType, value: unknown): unknown {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodObject) {
    if (!isTable(value)) return undefined
    const shape: Record<string, z.core.$ZodType> = inner.def.shape
    return without(Object.entries(shape).map(([key, field]) => [key, own(value, key, field)]))
  }
  const result = z.safeParse(schema, value)
  if (result.success) return result.data
  if (!(inner instanceof z.ZodRecord) || !isTable(value)) return undefined
  const { valueType } = inner.def
  const instead = unwrap(valueType) instanceof z.ZodObject ? {} : undefined
  return without(Object.entries(value).map(([key, one]) => [key, salvage(valueType, one) ?? instead]))
}

const own = (table: Record<string, unknown>, key: string, field: z.core.$ZodType): unknown =>
  Object.hasOwn(table, key) ? salvage(field, table[key]) : undefined

const without = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined))

/** Whether a value of a TOML document is a table. */
export const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
