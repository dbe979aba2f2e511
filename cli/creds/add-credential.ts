import { randomBytes } from 'node:crypto'
import { guideOf } from '../../core/credentials/guide.ts'
import { credentialType } from '../../core/credentials/types.ts'
import { valueProblem } from '../../core/credentials/value-problem.ts'
import type { Values } from '../../core/credentials/verification.ts'
import type { CredentialStore } from '../../functions/local/credential-store.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { Ask } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'
import { whyUnwritable } from '../unwritable.ts'
import { askValues } from './ask-values.ts'
import { givenValues, type ValueFlags } from './given-values.ts'
import { refText, type StoredRef } from './stored-ref.ts'
import { verify } from './verify.ts'

export interface AddFlags extends ValueFlags {
  /** Makes a random value, for secrets that are agreed upon. */
  readonly generate?: boolean
  readonly verify?: boolean
  /** Another address of the provider's API. */
  readonly apiUrl?: string
  /** Takes a value that does not look like one of the provider. */
  readonly anyLook?: boolean
}

/**
 * Brings a credential into the store: from the flags, made, or asked for. Returns the names of the fields that were written; none
 * when the person left everything out. A value is checked before anything is written. Throws a `UserError`.
 */
export async function addCredential(
  ref: StoredRef,
  flags: AddFlags,
  { store, ui, ask, mayBeLeftOut = false }: { store: CredentialStore; ui: Ui; ask: Ask; mayBeLeftOut?: boolean },
): Promise<readonly string[]> {
  const { type } = ref
  if (flags.apiUrl !== undefined && !URL.canParse(flags.apiUrl)) {
    throw new UserError('--api-url is not a URL such as https://github.example.com/api/v3', exitCodes.usage)
  }
  const values =
    (await givenValues(type, flags)) ?? made(ref, flags) ?? (await asked(ref, flags, ui, ask, mayBeLeftOut))
  for (const [field, value] of Object.entries(values)) {
    const problem = valueProblem(type, field, value, { anyLook: flags.anyLook ?? false })
    if (problem !== undefined) throw new UserError(wrong(ref, field, problem), exitCodes.credentials)
  }
  if (flags.verify === true && Object.keys(values).length > 0) {
    await verify(type, { ...(await stored(ref, store)), ...values }, { apiUrl: flags.apiUrl })
    ui.emit({ kind: 'note', text: `the provider accepts ${refText(ref)}` })
  }
  for (const [field, value] of Object.entries(values)) await written(() => store.write({ ...ref, field }, value))
  return Object.keys(values)
}

function wrong({ type }: StoredRef, field: string, problem: string): string {
  const label = credentialType(type)?.label ?? type
  const empty = problem === 'it is empty'
  return `${field} of ${type} does not look like one (${label}): ${problem}${
    empty ? '' : '; --any-look stores it all the same, for a proxy or a server of your own'
  }`
}

function made({ type }: StoredRef, { generate = false }: AddFlags): Values | undefined {
  if (!generate) return undefined
  const guide = guideOf(type)
  const [field] = Object.keys(guide.fields)
  if (guide.random !== true || field === undefined) {
    const where = guide.url === undefined ? '' : `: ${guide.url}`
    throw new UserError(`--generate: ${type} is handed out by its provider${where}`, exitCodes.usage)
  }
  return { [field]: randomBytes(32).toString('hex') }
}

async function asked(ref: StoredRef, flags: AddFlags, ui: Ui, ask: Ask, mayBeLeftOut: boolean): Promise<Values> {
  const { about, url, random = false } = guideOf(ref.type)
  if (!ask.reachesPerson) {
    throw new UserError(
      `there is no terminal to ask for ${refText(ref)} in: give its value with --from-stdin or --file <path>${random ? ', or make one with --generate' : ''}`,
      exitCodes.usage,
    )
  }
  const label = credentialType(ref.type)?.label ?? ref.type
  ui.emit({ kind: 'note', text: `${label} (${refText(ref)}) ${about}${url === undefined ? '' : `\n${url}`}` })
  if (random && flags.field === undefined) {
    const generate = await ask.confirm({ text: 'Make a random one?', flag: '--generate', initial: true })
    if (generate) return made(ref, { generate }) ?? {}
  }
  return await askValues(ref.type, ask, { field: flags.field, anyLook: flags.anyLook ?? false, mayBeLeftOut })
}

async function stored(ref: StoredRef, store: CredentialStore): Promise<Values> {
  const fields = Object.keys(guideOf(ref.type).fields)
  const values = await Promise.all(fields.map((field) => store.read({ ...ref, field })))
  return Object.fromEntries(fields.flatMap((field, i) => (values[i] === undefined ? [] : [[field, values[i]]])))
}

/** Why the store or the file system refused, as a message. */
export async function written<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (error instanceof RangeError) throw new UserError(error.message, exitCodes.credentials)
    if (code === undefined) throw error
    const path = (error as NodeJS.ErrnoException).path
    throw new UserError(
      `cannot write the store of credentials${path === undefined ? '' : ` at ${path}`}: ${whyUnwritable(error) ?? code}; AL_CREDENTIALS_HOME names another place for it`,
      exitCodes.credentials,
    )
  }
}
