import { credentialType } from '../../core/credentials/types.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { type UsedSecret, usedSecrets } from '../../core/plan/secret-users.ts'
import type { CredentialStore } from '../../functions/local/credential-store.ts'
import { addCommand } from '../creds/add-command.ts'
import { refText } from '../creds/stored-ref.ts'
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
    const label = credentialType(secret.type)?.label ?? secret.type
    return `  ${refText(secret)} ${secret.field} (${label}), for ${by.join(', ')}\n    ${addCommand(secret)}`
  })
  return `${count}; \`al doctor\` asks for all of them\n${lines.join('\n')}`
}

export async function requireCredentials(plan: Plan, store: CredentialStore): Promise<void> {
  const message = await missingCredentials(plan, store)
  if (message !== undefined) throw new UserError(message, exitCodes.credentials)
}
