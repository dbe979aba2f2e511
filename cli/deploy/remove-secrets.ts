import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import { clearLeftover, type Leftover, leftoverSecrets } from '../../infra/aws/doctor/secrets.ts'
import { secretStore } from '../../infra/aws/secret-store.ts'

/** Secrets that al has made for this project and environment, and those that it uses, too. */
export interface SecretsInUse {
  /** Removed with the project. */
  readonly own: readonly Leftover[]
  /** Of others as well, or made by hand: they stay, and are no longer marked as used here. */
  readonly shared: readonly Leftover[]
}

/** What a project would leave behind in the secret store. Nothing is changed. Throws an `AwsFailure`. */
export async function secretsInUse(plan: Plan, account: Account): Promise<SecretsInUse> {
  const store = await secretStore(plan.target.secretStore, account)
  const all = await leftoverSecrets(plan, store, new Set<string>())
  return {
    own: all.filter(({ action }) => action === 'remove'),
    shared: all.filter(({ action }) => action === 'unmark'),
  }
}

export async function clearSecrets(plan: Plan, account: Account, { own, shared }: SecretsInUse): Promise<void> {
  const store = await secretStore(plan.target.secretStore, account)
  for (const one of [...own, ...shared]) await clearLeftover(plan, one, store)
}
