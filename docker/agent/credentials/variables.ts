import { type CredentialSource, nameOf, type PlannedCredential } from './credential.ts'
import { CredentialsError } from './credentials-error.ts'

const prefix = 'AL_SECRET_'
const shape = /^AL_SECRET_[A-Za-z0-9].*?__.+__[A-Za-z0-9]/

/**
 * Variables `AL_SECRET_<type>__<instance>__<field>`, in each part of which a character outside `A-Za-z0-9_` is written
 * `_x` and two hexadecimal digits: `AL_SECRET_git_ssh__my_x2dorg__id_rsa`. Nothing when none has a value.
 *
 * Names are not taken apart, since that has several answers (`a__b`, `a_`): what the run needs is encoded and looked up.
 * One doubt is left: `v_x2d` may be meant as it is, or be the encoding of `v-`. Such an instance has to be written with
 * its underscores encoded as well, `v_x5fx2d`, which every instance may be.
 *
 * A name that cannot be a secret's throws: it is a typing error, and the secret would be missed.
 */
export function variables(env: Readonly<Record<string, string | undefined>>): CredentialSource | undefined {
  const names = Object.keys(env).filter((name) => name.startsWith(prefix) && env[name]?.trim())
  if (names.length === 0) return undefined
  const malformed = names.filter((name) => !shape.test(name))
  if (malformed.length > 0) {
    throw new CredentialsError(
      `${malformed.join(', ')}: not the name of a secret, which is ${prefix}<type>__<instance>__<field>; rename or remove it`,
    )
  }
  return {
    name: 'env vars',
    place: (secret) => variableOf(secret, encode),
    async read(secret) {
      const exact = env[variableOf(secret, encodeAll)]
      if (exact?.trim()) return exact
      const name = variableOf(secret, encode)
      const value = env[name]
      if (value?.trim() && decode(secret.instance) !== secret.instance) {
        throw new CredentialsError(
          `${name} could be for instance "${secret.instance}" or "${decode(secret.instance)}" of ${secret.type}: name it ${variableOf(secret, encodeAll)} to mean ${nameOf(secret)}`,
        )
      }
      return value
    },
  }
}

const variableOf = ({ type, instance, field }: PlannedCredential, encoding: (part: string) => string) =>
  `${prefix}${type}__${encoding(instance)}__${field}`

const hex = (character: string) => `_x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
const encode = (part: string) => part.replace(/[^A-Za-z0-9_]/g, hex)
const encodeAll = (part: string) => part.replace(/[^A-Za-z0-9]/g, hex)
const decode = (part: string) =>
  part.replace(/_x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
