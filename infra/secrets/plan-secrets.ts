import type { Plan, PlannedSecret } from '../../core/plan/schema.ts'
import { secretPrefix, type UsedSecret, usedSecrets } from '../../core/plan/secret-users.ts'
import { eachOf } from '../each-of.ts'
import type { SecretStore } from './secret-store.ts'
import { createdBy, hashOf, hashTag } from './value-hash.ts'

/**
 * What is to be done about a secret.
 *
 * - `keep`: the cloud has what this machine has, or has it alone; an absent optional one is kept absent.
 * - `push`: this machine has it, and the cloud has not, or another value.
 * - `make`: the gateway's key, which is nowhere yet.
 * - `share`: the cloud has it for another project or environment; it is marked as used here, too.
 * - `missing`: neither has it, and nothing works without.
 */
export type SecretAction = 'keep' | 'push' | 'make' | 'share' | 'missing'

export interface SecretStep extends UsedSecret {
  readonly action: SecretAction
  /** Whether the cloud has a value of it now. */
  readonly stored: boolean
  /** In words: `not in the cloud yet`, `changed on this machine`. Never a value. */
  readonly why: string
}

/** The credentials of this machine, as far as they are asked here. */
export interface LocalSecrets {
  read(name: Pick<PlannedSecret, 'type' | 'instance' | 'field'>): Promise<string | undefined>
}

const usedByTag = (plan: Pick<Plan, 'names'>): string => `${usedBy}${plan.names.prefix}`
const usedBy = 'al:used-by:'

/** What has to be done so that the cloud has what a plan refers to. Nothing is changed, and no value read in the cloud. */
export async function planSecrets(plan: Plan, local: LocalSecrets, store: SecretStore): Promise<SecretStep[]> {
  const steps: SecretStep[] = []
  await eachOf(usedSecrets(plan, 'active').values(), async (used) => {
    const { secret } = used
    const [value, stored] = await Promise.all([local.read(secret), store.describe(secret.id)])
    const step = (action: SecretAction, why: string) =>
      void steps.push({ ...used, action, why, stored: stored !== undefined })
    if (stored === undefined) {
      if (value !== undefined) return step('push', 'not in the cloud yet')
      if (secret.why === 'control') return step('make', 'nowhere yet')
      return secret.optional
        ? step('keep', 'optional, and not there')
        : step('missing', 'neither here nor in the cloud')
    }
    if (value !== undefined && stored.hash !== (await hashOf(secret.id, value))) {
      return step('push', stored.hash === undefined ? 'last written by somebody else' : 'another value than here')
    }
    // What others have made by hand is theirs: it is not marked.
    const isOurs = hashTag in stored.tags
    if (isOurs && !(usedByTag(plan) in stored.tags)) return step('share', 'there for others: marked as used here, too')
    step('keep', value === undefined ? 'in the cloud only' : 'up to date')
  })
  return steps.sort((a, b) => (a.secret.id < b.secret.id ? -1 : 1))
}

/** Does one of the steps. `makeKey` makes the gateway's key, and keeps it on this machine. Throws the cloud's failure. */
export async function takeSecretStep(
  plan: Plan,
  { action, secret }: SecretStep,
  { local, store, makeKey }: { local: LocalSecrets; store: SecretStore; makeKey: () => Promise<string> },
): Promise<void> {
  const tags = { [usedByTag(plan)]: 'true' }
  if (action === 'share') return await store.tag(secret.id, tags)
  const value = action === 'make' ? await makeKey() : action === 'push' ? await local.read(secret) : undefined
  if (value === undefined) return
  await store.write(secret.id, value, { tags, tagsIfNew: { [createdBy]: plan.names.prefix } })
}

/** A secret of the cloud that the plan does not refer to any more. */
export interface Leftover {
  readonly id: string
  /** Removed only if this tool has made it and nobody else uses it; else it is no longer marked as used here. */
  readonly action: 'remove' | 'unmark'
  readonly why: string
}

/** What this project and environment have used and refer to no longer, under the prefix of their secrets. */
export async function leftoverSecrets(
  plan: Plan,
  store: SecretStore,
  // An agent that is switched off for a while still has its secrets.
  used: { has(id: string): boolean } = usedSecrets(plan, 'all'),
): Promise<Leftover[]> {
  const mark = usedByTag(plan)
  const prefix = secretPrefix(plan)
  const found = await store.tagged(mark)
  return found
    .filter(({ id }) => !used.has(id) && prefix !== undefined && id.startsWith(prefix))
    .map(({ id, tags }): Leftover => {
      const others = Object.keys(tags).filter((key) => key.startsWith(usedBy) && key !== mark)
      if (others.length > 0) {
        const names = others.map((key) => key.slice(usedBy.length)).join(', ')
        return { id, action: 'unmark', why: `${names} ${others.length === 1 ? 'uses' : 'use'} it` }
      }
      return createdBy in tags
        ? { id, action: 'remove', why: 'nothing refers to it' }
        : { id, action: 'unmark', why: 'it was not made by al' }
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

export const clearLeftover = (plan: Plan, { id, action }: Leftover, store: SecretStore): Promise<void> =>
  action === 'remove' ? store.remove(id) : store.untag(id, [usedByTag(plan)])
