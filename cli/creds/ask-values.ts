import { homedir } from 'node:os'
import { join } from 'node:path'
import { guideOf, isOptionalField } from '../../core/credentials/guide.ts'
import type { CredentialTypeName } from '../../core/credentials/types.ts'
import { valueProblem } from '../../core/credentials/value-problem.ts'
import type { Values } from '../../core/credentials/verification.ts'
import { UserError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import { readValueFile } from './given-values.ts'

/**
 * Asks for the fields of a credential, or for the one that is named. What is secret is not shown; what has lines is read
 * from a file. An optional field is left out with Enter, and with it the whole of a field that `mayBeLeftOut`.
 */
export async function askValues(
  type: CredentialTypeName,
  ask: Ask,
  {
    field,
    anyLook = false,
    mayBeLeftOut = false,
  }: { readonly field?: string; readonly anyLook?: boolean; readonly mayBeLeftOut?: boolean } = {},
): Promise<Values> {
  const values: Record<string, string> = {}
  const guide = guideOf(type)
  for (const [name, { label, open, lines }] of Object.entries(guide.fields)) {
    if (field !== undefined && name !== field) continue
    const skips = mayBeLeftOut || isOptionalField(type, name)
    const flag = `\`al creds add ${type} --field ${name} --from-stdin\``
    const check = (answer: string) =>
      answer === '' && skips ? undefined : valueProblem(type, name, answer, { anyLook })
    const end = skips ? ' (Enter: none)' : ''
    const answer = lines
      ? await fromFile(`${label}: path of the file${end}`, flag, ask, skips, check)
      : open === true
        ? await ask.text({ text: `${label}${end}`, flag, check })
        : await ask.secret({ text: `${label}${end}`, flag, check })
    if (answer !== '') values[name] = answer
  }
  return values
}

/** Several lines do not fit into a question: the one for a file is asked until the file holds what it should. */
async function fromFile(
  text: string,
  flag: string,
  ask: Ask,
  skips: boolean,
  check: (value: string) => string | undefined,
): Promise<string> {
  const read = (path: string) => readValueFile(path.startsWith('~/') ? join(homedir(), path.slice(2)) : path).trim()
  const path = await ask.text({
    text,
    flag,
    check(answer) {
      if (answer === '') return skips ? undefined : 'name a file'
      try {
        return check(read(answer))
      } catch (error) {
        if (error instanceof UserError) return error.message
        throw error
      }
    },
  })
  return path === '' ? '' : read(path)
}
