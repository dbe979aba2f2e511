import { credentialType } from '../../core/credentials/types.ts'
import type { Plan, PlannedSecret } from '../../core/plan/schema.ts'
import type { CredentialStore } from '../../functions/local/credential-store.ts'
import { exitCodes, UserError } from '../errors.ts'

interface Needed {
  readonly secret: PlannedSecret
  readonly by: string[]
}

/** Everything that active agents and webhook sources need and this machine does not have, in one message; nothing if it is all there. */
export async function missingCredentials(plan: Plan, store: CredentialStore): Promise<string | undefined> {
  const missing: Needed[] = []
  for (const needed of neededBy(plan).values()) {
    if ((await store.read(needed.secret)) === undefined) missing.push(needed)
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

/** By id. The gateway's own key is not among them: the host makes it. */
function neededBy(plan: Plan): ReadonlyMap<string, Needed> {
  const needed = new Map<string, Needed>()
  const add = (secret: PlannedSecret, by: string) => {
    if (secret.optional || secret.why === 'control') return
    const known = needed.get(secret.id)
    if (known === undefined) needed.set(secret.id, { secret, by: [by] })
    else if (!known.by.includes(by)) known.by.push(by)
  }
  for (const agent of plan.agents) for (const secret of agent.secrets) add(secret, `agent "${agent.name}"`)
  for (const secret of plan.gateway.secrets) {
    const sources = plan.webhooks.filter((webhook) => webhook.secret === secret.id)
    for (const { source } of sources) add(secret, `webhook source "${source}"`)
  }
  return needed
}
