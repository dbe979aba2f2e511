import type { Plan } from '../../core/plan/schema.ts'
import { clearLeftover, type Leftover, leftoverSecrets } from '../../infra/secrets/plan-secrets.ts'
import type { SecretStore } from '../../infra/secrets/secret-store.ts'

/** Secrets that al has made for this project and environment, and those that it uses, too. */
export interface SecretsInUse {
  /** Removed with the project. */
  readonly own: readonly Leftover[]
  /** Of others as well, or made by hand: they stay, and are no longer marked as used here. */
  readonly shared: readonly Leftover[]
}

/** What a project would leave behind in the secret store. Nothing is changed. */
export async function secretsInUse(plan: Plan, store: SecretStore): Promise<SecretsInUse> {
  const all = await leftoverSecrets(plan, store, new Set<string>())
  return {
    own: all.filter(({ action }) => action === 'remove'),
    shared: all.filter(({ action }) => action === 'unmark'),
  }
}

export async function clearSecrets(plan: Plan, store: SecretStore, { own, shared }: SecretsInUse): Promise<void> {
  for (const one of [...own, ...shared]) await clearLeftover(plan, one, store)
}
