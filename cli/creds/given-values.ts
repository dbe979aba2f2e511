import { readFileSync, statSync } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import { guideOf, isOptionalField } from '../../core/credentials/guide.ts'
import type { CredentialTypeName } from '../../core/credentials/types.ts'
import { largestValue } from '../../core/credentials/value-problem.ts'
import type { Values } from '../../core/credentials/verification.ts'
import { nearest } from '../../core/project/nearest.ts'
import { quote } from '../../core/project/quote.ts'
import { exitCodes, UserError } from '../errors.ts'

/** How values come in without a question. None of them is ever part of a command line, which others can read. */
export interface ValueFlags {
  readonly fromStdin?: boolean
  readonly file?: string
  readonly field?: string
}

const usage = (message: string) => new UserError(message, exitCodes.usage)

/**
 * The values that the flags bring along; nothing if they bring none. One field is its text; several, where none is named,
 * are an object of JSON. Throws a `UserError` (usage), which never repeats what was read.
 */
export async function givenValues(type: CredentialTypeName, flags: ValueFlags): Promise<Values | undefined> {
  const { fromStdin = false, file, field } = flags
  const fields = Object.keys(guideOf(type).fields)
  if (field !== undefined && !fields.includes(field)) {
    throw usage(`--field ${quote(field)}: ${type} has ${fields.join(', ')}${nearest(field, fields)}`)
  }
  if (fromStdin && file !== undefined) throw usage('--from-stdin and --file: keep one of the two')
  if (!fromStdin && file === undefined) return undefined
  const text = file === undefined ? await readAll(process.stdin) : readValueFile(file)
  const only = field ?? (fields.length === 1 ? fields[0] : undefined)
  if (only !== undefined) return { [only]: text.trim() }
  return severalIn(text, type, fields)
}

/** Reads a file that holds a value. Throws a `UserError` (usage) with its name alone. */
export function readValueFile(file: string): string {
  try {
    const { size } = statSync(file)
    if (size > largestValue) throw usage(`${file} has ${size} bytes; a credential has ${largestValue} at most`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof UserError) throw error
    const code = (error as NodeJS.ErrnoException).code
    throw usage(`cannot read ${file} (${code}): name a file that holds the value`)
  }
}

function severalIn(text: string, type: CredentialTypeName, fields: readonly string[]): Values {
  const example = `{${fields.map((one) => `"${one}": "…"`).join(', ')}}`
  const expected = `${type} has several fields: name one with --field (${fields.join(', ')}), or give all as JSON, ${example}`
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw usage(expected)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw usage(expected)
  const unknown = Object.keys(parsed).find((one) => !fields.includes(one))
  if (unknown !== undefined)
    throw usage(`the JSON has a field ${quote(unknown)}, which ${type} does not have; ${expected}`)
  const entries = Object.entries(parsed)
  if (entries.some(([, value]) => typeof value !== 'string')) throw usage(`each field is a text; ${expected}`)
  const missing = fields.filter((one) => !Object.hasOwn(parsed, one) && !isOptionalField(type, one))
  if (missing.length > 0) throw usage(`the JSON lacks ${missing.join(', ')}; ${expected}`)
  return Object.fromEntries(entries.map(([name, value]) => [name, (value as string).trim()]))
}
