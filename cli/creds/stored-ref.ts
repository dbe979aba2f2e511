import { instanceProblem, parseRef } from '../../core/credentials/reference.ts'
import type { CredentialTypeName } from '../../core/credentials/types.ts'
import { exitCodes, UserError } from '../errors.ts'

/** A credential of the store, as it is typed: `type` or `type:instance`. */
export interface StoredRef {
  readonly type: CredentialTypeName
  readonly instance: string
}

/** Reads a reference to any type there is, whoever may read it. Throws a `UserError` (usage) that never leaves the store. */
export function readStoredRef(text: string): StoredRef {
  const parsed = parseRef(text, ['agent', 'gateway', 'gateway-operator', 'operator'])
  if (parsed.ok) return parsed.ref
  throw new UserError(`${parsed.reason}; \`al creds types\` lists the types`, exitCodes.usage)
}

/** The same for what is only looked for: types of other versions may be in the store, too. */
export function readAnyRef(text: string): { readonly type: string; readonly instance: string } {
  const colon = text.indexOf(':')
  const type = (colon < 0 ? text : text.slice(0, colon)).trim()
  const instance = colon < 0 ? 'default' : text.slice(colon + 1).trim()
  if (instanceProblem(type) !== undefined || instanceProblem(instance) !== undefined) {
    const reason = instanceProblem(instance) ?? instanceProblem(type)?.replace('instance', 'type')
    throw new UserError(`${reason}`, exitCodes.usage)
  }
  return { type, instance }
}

export const refText = ({ type, instance }: { readonly type: string; readonly instance: string }): string =>
  instance === 'default' ? type : `${type}:${instance}`
