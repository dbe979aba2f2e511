import { nearest } from '../project/nearest.ts'
import { quote } from '../project/quote.ts'
import { type CredentialTypeName, credentialType, credentialTypes, type Exposure } from './types.ts'

/** A credential as a project names it: a built-in type and the instance of it in the user's store. */
export interface CredentialRef {
  readonly type: CredentialTypeName
  readonly instance: string
}

export type ParsedRef =
  | { readonly ok: true; readonly ref: CredentialRef }
  | { readonly ok: false; readonly reason: string }

/**
 * What can be stored everywhere: it becomes part of a file's path and of a secret's name. Dots may separate parts (host
 * names are instances), but may neither come first nor follow each other, so that no reference leads out of the store.
 */
const instancePattern = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/
const instanceLength = 63

/** Why a text cannot be the name of an instance, or nothing. */
export function instanceProblem(instance: string): string | undefined {
  if (instance.length <= instanceLength && instancePattern.test(instance)) return undefined
  return `instance ${quote(instance)} is not a name: 1–${instanceLength} letters, digits, "-", "_" or single dots`
}

/**
 * Reads `type` or `type:instance` (split at the first colon, both sides trimmed, instance `default` when unset) for a
 * reader with one of the given exposures.
 */
export function parseRef(text: string, readers: readonly Exposure[] = ['agent']): ParsedRef {
  const colon = text.indexOf(':')
  const type = (colon < 0 ? text : text.slice(0, colon)).trim()
  const instance = colon < 0 ? 'default' : text.slice(colon + 1).trim()
  const known = credentialType(type)
  if (known === undefined) {
    const names = Object.keys(credentialTypes).filter((name) => readers.includes(exposureOf(name)))
    return { ok: false, reason: `unknown credential type ${quote(type)}${nearest(type, names)}` }
  }
  if (!readers.includes(known.exposure)) return { ok: false, reason: `${type} ${outside[known.exposure]}` }
  const problem = instanceProblem(instance)
  if (problem !== undefined) return { ok: false, reason: problem }
  return { ok: true, ref: { type: type as CredentialTypeName, instance } }
}

/** The written form: `type` for the default instance, else `type:instance`. */
export const formatRef = (ref: CredentialRef): string =>
  ref.instance === 'default' ? ref.type : `${ref.type}:${ref.instance}`

const exposureOf = (name: string): Exposure => credentialType(name)?.exposure ?? 'operator'

const outside: Record<Exposure, string> = {
  agent: 'is for agents only',
  gateway: 'is read by the gateway only: name its instance as `credential` of a webhook source instead',
  'gateway-operator': 'is the key to the gateway itself and never reaches an agent; remove it',
  operator: "stays on the operator's machine and never reaches an agent; remove it",
}
