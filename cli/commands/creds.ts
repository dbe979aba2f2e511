import { credentialType } from '../../core/credentials/types.ts'
import { nearest } from '../../core/project/nearest.ts'
import { compare } from '../../core/project/problem.ts'
import { type CredentialStore, credentialStore, credentialsHome } from '../../functions/local/credential-store.ts'
import { type AddFlags, addCredential, written } from '../creds/add-credential.ts'
import { readAnyRef, readStoredRef, refText } from '../creds/stored-ref.ts'
import { exitCodes, UserError } from '../errors.ts'
import { type Ask, type AskOptions, asker } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

/** The cloud's copies belong to a project, and one command compares and pushes them. */
export function refuseCloud({ cloud }: { readonly cloud?: boolean }): void {
  if (cloud !== true) return
  throw new UserError(
    'the credentials of a cloud belong to a project: `al doctor -c --check` compares them, `al doctor -c` pushes them',
    exitCodes.usage,
  )
}

/** Others can read a command line, and shells keep it: a value that was typed there is not secret any more. */
export function refuseValues(words: readonly string[]): void {
  if (words.length === 0) return
  throw new UserError(
    'a value does not belong on the command line, which others can read: give it with --from-stdin or --file; if it was real, make a new one',
    exitCodes.usage,
  )
}

interface Stored {
  readonly type: string
  readonly instance: string
  readonly fields: readonly string[]
}

/** Lists what is stored: types, instances and the names of fields. Never a value. */
export async function listCredentials(ui: Ui, store: CredentialStore = credentialStore()): Promise<void> {
  const found = await storedIn(store)
  ui.emit({
    kind: 'data',
    data: found.map((one) => ({ ref: refText(one), label: credentialType(one.type)?.label ?? null, ...one })),
  })
  if (found.length === 0) {
    ui.emit({ kind: 'text', text: `none found in ${credentialsHome()}; \`al creds add <type>\` stores one` })
    return
  }
  for (const [type, instances] of Map.groupBy(found, ({ type }) => type)) {
    const label = credentialType(type)?.label ?? 'of no type that this version knows'
    ui.emit({ kind: 'text', text: `\n  ${label} (${type})` })
    for (const one of instances) ui.emit({ kind: 'text', text: `    ${refText(one)}  (${one.fields.join(', ')})` })
  }
}

export interface AddOptions extends AddFlags, AskOptions {}

/** Stores a credential, or one field of it. */
export async function addCredentials(
  text: string,
  options: AddOptions,
  ui: Ui,
  ask: Ask = asker(options),
  store: CredentialStore = credentialStore(),
): Promise<void> {
  const ref = readStoredRef(text)
  const name = refText(ref)
  const before = (await storedIn(store)).find((one) => refText(one) === name)
  const isAsked = options.fromStdin !== true && options.file === undefined
  if (before !== undefined && isAsked && options.field === undefined) {
    const replace = await ask.confirm({ text: `${name} is there already. Replace it?`, flag: '--yes' })
    if (!replace) {
      ui.emit({ kind: 'note', text: `${name} was left as it is` })
      return
    }
  }
  const fields = await addCredential(ref, options, { store, ui, ask })
  ui.emit({ kind: 'data', data: { ref: name, fields, replaced: before !== undefined } })
  const [first] = fields
  const where = first === undefined ? '' : `; it is in ${store.pathOf({ ...ref, field: first })}`
  ui.emit({
    kind: 'text',
    text: `stored ${name} (${fields.join(', ')})${options.generate === true ? where : ''}`,
  })
}

export interface RemoveOptions extends AskOptions {
  readonly field?: string
}

/** Removes a credential, or one field of it, after asking. */
export async function removeCredentials(
  text: string,
  options: RemoveOptions,
  ui: Ui,
  ask: Ask = asker(options),
  store: CredentialStore = credentialStore(),
): Promise<void> {
  const ref = readAnyRef(text)
  const name = refText(ref)
  const stored = await storedIn(store)
  const found = stored.find((one) => refText(one) === name)
  if (found === undefined) {
    const names = stored.map(refText)
    throw new UserError(
      `no credential ${name} is stored${nearest(name, names)}; \`al creds ls\` lists what is`,
      exitCodes.credentials,
    )
  }
  const { field } = options
  if (field !== undefined && !found.fields.includes(field)) {
    throw new UserError(`${name} has no field "${field}"; it has ${found.fields.join(', ')}`, exitCodes.credentials)
  }
  const what = field === undefined ? `${name} (${found.fields.join(', ')})` : `${field} of ${name}`
  const yes = await ask.confirm({ text: `Remove ${what} from this machine, for all projects?`, flag: '--yes' })
  if (!yes) {
    ui.emit({ kind: 'note', text: `${name} was left as it is` })
    return
  }
  await written(() => store.remove({ ...ref, ...(field !== undefined && { field }) }))
  ui.emit({ kind: 'data', data: { ref: name, removed: field === undefined ? found.fields : [field] } })
  ui.emit({ kind: 'text', text: `removed ${what}` })
}

/** All types there are, or what there is to know about one. */
export async function listTypes(name: string | undefined, ui: Ui): Promise<void> {
  const { showType, showTypes } = await import('../creds/show-types.ts')
  if (name === undefined) showTypes(ui)
  else showType(readStoredRef(name).type, ui)
}

async function storedIn(store: CredentialStore): Promise<Stored[]> {
  const fields = await store.list()
  const groups = Map.groupBy(fields, ({ type, instance }) => refText({ type, instance }))
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group
      return first === undefined
        ? []
        : [{ type: first.type, instance: first.instance, fields: group.map(({ field }) => field).sort(compare) }]
    })
    .sort((a, b) => compare(a.type, b.type) || compare(a.instance, b.instance))
}
