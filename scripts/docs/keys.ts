import * as z from 'zod'
import { code, table } from './markdown.ts'

/** What a key is for; its default where it has one that is worth saying. */
export interface Meaning {
  readonly meaning: string
  readonly default?: string
}

export type Meanings = Readonly<Record<string, Meaning | string>>

type Shape = Readonly<Record<string, z.core.$ZodType>>

/** The keys of an object's schema. */
export const shapeOf = (schema: z.core.$ZodType): Shape => {
  const inner = bare(schema)
  if (inner instanceof z.ZodObject) return inner.def.shape as Shape
  throw new Error('no table')
}

/** The schema inside what makes it optional, described or changed. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return bare(schema.def.innerType)
  return schema instanceof z.ZodPipe ? bare(schema.def.in) : schema
}

/** What a value has to be, as messages about wrong ones say it. */
export function expected(schema: z.core.$ZodType): string {
  const description = schema instanceof z.ZodType ? schema.description : undefined
  if (description !== undefined) return description
  if (schema instanceof z.ZodOptional) return expected(schema.def.innerType)
  if (schema instanceof z.ZodLiteral)
    return schema.values.size === 1 ? [...schema.values].map((one) => `"${one}"`).join('') : 'a value'
  return 'a table'
}

/**
 * A table of keys: type, default, meaning. Throws for a key without a meaning and for a meaning without a key, so that
 * neither can be forgotten. `leftOut` stand in tables of their own.
 */
export function keyTable(schema: z.core.$ZodType, meanings: Meanings, leftOut: readonly string[] = []): string {
  const shape = shapeOf(schema)
  const keys = Object.keys(shape).filter((key) => !leftOut.includes(key))
  const lost = [
    ...keys.filter((key) => !Object.hasOwn(meanings, key)),
    ...Object.keys(meanings).filter((key) => !keys.includes(key)),
  ]
  if (lost.length > 0) throw new Error(`keys and meanings differ: ${lost.join(', ')} (scripts/docs/meanings.ts)`)
  const rows = keys.map((key) => {
    const field = shape[key] as z.core.$ZodType
    const given = meanings[key] as Meaning | string
    const { meaning, default: value = field instanceof z.ZodOptional ? '' : 'required' } =
      typeof given === 'string' ? { meaning: given } : given
    return [code(key), expected(field), shown(value), meaning]
  })
  return table(['Key', 'Type', 'Default', 'Meaning'], rows)
}

/** A value is code; a sentence is none. */
const shown = (value: string): string =>
  /^[\w.-]+$/.test(value) && !['required', 'none', 'empty', 'all'].includes(value) ? code(value) : value
