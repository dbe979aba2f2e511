import type { Plan } from '../../core/plan/schema.ts'
import type { SecretStore } from '../secrets/secret-store.ts'
import type { Account } from './account.ts'

/** The store that a plan names. Only its own client is loaded. */
export async function secretStore(
  kind: Plan['target']['secretStore'],
  account: Pick<Account, 'region' | 'credentials'>,
): Promise<SecretStore> {
  switch (kind) {
    case 'secrets-manager':
      return (await import('./secrets/secrets-manager.ts')).secretsManager(account)
    case 'parameter-store':
      return (await import('./secrets/parameter-store.ts')).parameterStore(account)
    default:
      throw new Error(`${kind} is no secret store of AWS`)
  }
}
