import type { PlannedSecret } from '../../core/plan/schema.ts'
import type { Credential } from '../../docker/agent/credentials/credential.ts'
import { credentialStore } from '../../functions/local/credential-store.ts'
import { addCommand } from '../creds/add-command.ts'
import { refText } from '../creds/stored-ref.ts'
import { exitCodes, UserError } from '../errors.ts'

/** Where the credentials of a conversation come from. */
export interface SecretSource {
  /** The value; nothing if it is not there. */
  read(secret: PlannedSecret): Promise<string | undefined>
  /** The command that puts a missing one there. */
  howToAdd(secret: PlannedSecret): string
}

/** The credentials of this machine. */
export function localSecrets(): SecretSource {
  const store = credentialStore()
  return { read: (secret) => store.read(secret), howToAdd: (secret) => `\`${addCommand(secret)}\`` }
}

/** Reads them all. Throws a `UserError` (credentials) that names every one that is missing. */
export async function readSecrets(secrets: readonly PlannedSecret[], source: SecretSource): Promise<Credential[]> {
  const values = await Promise.all(secrets.map(async (secret) => (await source.read(secret))?.trim() || undefined))
  const missing = secrets.filter((secret, i) => values[i] === undefined && !secret.optional)
  if (missing.length > 0) {
    const lines = missing.map((secret) => `  ${refText(secret)} ${secret.field}: ${source.howToAdd(secret)}`)
    const count = missing.length === 1 ? 'a credential is missing' : `${missing.length} credentials are missing`
    throw new UserError(`${count}\n${lines.join('\n')}`, exitCodes.credentials)
  }
  return secrets.flatMap((secret, i) => {
    const value = values[i]
    return value === undefined ? [] : [{ ...secret, value }]
  })
}
