import { credentialType } from '../../core/credentials/types.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { type UsedSecret, usedSecrets } from '../../core/plan/secret-users.ts'
import type { CredentialStore } from '../../functions/local/credential-store.ts'
import { exitCodes, UserError } from '../errors.ts'

/** Everything that active agents and webhook sources need and this machine does not have, in one message; nothing if it is all there. */
export async function missingCredentials(plan: Plan, store: CredentialStore): Promise<string | undefined> {
  const missing: UsedSecret[] = []
  for (const needed of usedSecrets(plan, 'active').values()) {
    const { secret } = needed
    // The gateway's own key is made by the host.
    if (secret.optional || secret.why === 'control') continue
    if ((await store.read(secret)) === undefined) missing.push(needed)
  }
  if (missing.length === 0) return undefined
  const count = missing.length === 1 ? 'a credential is missing' : `${missing.length} credentials are missing`
  const lines = missing.map(({ secret, by }) => {
    const { type, instance, field } = secret
    const name = instance === 'default' ? type : `${type}:${instance}`
    const label = credentialType(type)?.label ?? type
    return `  ${name} ${field} (${label}), for ${by.join(', ')}\n    ${store.pathOf(secret)}`
  })
  return `${count}; write each value into its file\n${lines.join('\n')}`
}

export async function requireCredentials(plan: Plan, store: CredentialStore): Promise<void> {
  const message = await missingCredentials(plan, store)
  if (message !== undefined) throw new UserError(message, exitCodes.credentials)
}
