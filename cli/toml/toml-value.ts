import { parse, TomlDate, TomlError } from 'smol-toml'
import { exitCodes, UserError } from '../errors.ts'

/** A value of a TOML document: whole numbers are bigints, so that `1` and `1.0` stay what they are. */
export type TomlValue = string | number | bigint | boolean | TomlDate | readonly TomlValue[] | TomlTable
export interface TomlTable {
  readonly [key: string]: TomlValue
}

export const isTomlTable = (value: TomlValue | undefined): value is TomlTable =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof TomlDate)

/** The document as data. Throws a TomlError. */
export const readToml = (text: string): TomlTable => parse(text, { integersAsBigInt: true }) as unknown as TomlTable

/** A value as it is written behind `=`, on one line. */
export function writeValue(value: TomlValue): string {
  if (typeof value === 'string') return writeText(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return writeFloat(value)
  if (value instanceof TomlDate) return value.toISOString()
  if (isTomlTable(value)) {
    const entries = Object.entries(value).map(([key, inner]) => `${writeKey(key)} = ${writeValue(inner)}`)
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
  }
  return `[${value.map(writeValue).join(', ')}]`
}

export const writeKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : writeText(key))

function writeText(text: string): string {
  if (!text.isWellFormed())
    throw new UserError('the text contains half of a surrogate pair, which no file can hold', exitCodes.usage)
  // JSON leaves one control character as it is that TOML does not.
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f')
}

function writeFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/**
 * A value as it is typed on a command line: TOML if it is some (`3`, `true`, `["a"]`, `{ a = 1 }`), else the text itself.
 * Quotes force a text: `"3"`.
 */
export function typedValue(typed: string): TomlValue {
  try {
    const { value, ...others } = readToml(`value = ${typed}`)
    return value === undefined || Object.keys(others).length > 0 ? typed : value
  } catch (error) {
    if (error instanceof TomlError) return typed
    throw error
  }
}
