import { createHash, timingSafeEqual } from 'node:crypto'
import type { GatewayOptions } from './options.ts'

/** The secret store could not be asked: nobody's proof can be checked now, and nobody is refused because of that. */
export class SecretsUnavailable extends Error {
  override readonly name = 'SecretsUnavailable'
}

/** A value, or nothing if it is not stored or empty. With `refresh` the cache is bypassed. Throws `SecretsUnavailable`. */
export async function readSecret(
  { secrets }: Pick<GatewayOptions, 'secrets'>,
  id: string,
  how: 'read' | 'refresh',
): Promise<string | undefined> {
  try {
    return (await secrets[how](id)) || undefined
  } catch (cause) {
    throw new SecretsUnavailable(`the secret ${id} could not be read`, { cause })
  }
}

/** The gateway's key, and which secret it is. Nothing if the plan names none; without a value if it is not stored. */
export async function gatewayKey(options: GatewayOptions) {
  const secret = options.decisions.secrets.find(({ why }) => why === 'control')
  return secret && { ...secret, value: await readSecret(options, secret.id, 'read') }
}

/**
 * Nothing if this is the gateway's key; else why not, for the log alone. Without a stored key nobody has it. Throws
 * `SecretsUnavailable`.
 */
export async function keyProblem(options: GatewayOptions, given: string): Promise<string | undefined> {
  const known = await gatewayKey(options)
  if (known === undefined) return 'the plan names no gateway key, so nobody may use the control routes'
  if (same(given, known.value)) return undefined
  // It may have been replaced since it was read.
  const value = await readSecret(options, known.id, 'refresh')
  if (same(given, value)) return undefined
  const { type, instance, field, id } = known
  return value === undefined
    ? `the credential ${type}/${instance}/${field} is not stored (${id}), so nobody may use the control routes`
    : 'it is another key'
}

/** Compares in constant time, whatever the lengths. */
function same(given: string, value: string | undefined): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return value !== undefined && timingSafeEqual(digest(given), digest(value))
}
