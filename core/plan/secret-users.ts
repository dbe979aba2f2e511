import type { Plan, PlannedSecret } from './schema.ts'

/** A secret, and who needs it, in words: `agent "dev"`, `webhook source "github"`, `the gateway`. */
export interface UsedSecret {
  readonly secret: PlannedSecret
  readonly by: readonly string[]
}

/** The secrets that a plan refers to, each once, by id. `active` leaves out what only agents use that are off. */
export function usedSecrets(plan: Plan, which: 'active' | 'all'): ReadonlyMap<string, UsedSecret> {
  const used = new Map<string, { readonly secret: PlannedSecret; readonly by: string[] }>()
  const add = (secret: PlannedSecret, by: string) => {
    const known = used.get(secret.id)
    if (known === undefined) used.set(secret.id, { secret, by: [by] })
    else if (!known.by.includes(by)) known.by.push(by)
  }
  for (const { name, compute, secrets } of plan.agents) {
    if (which === 'all' || compute !== 'off') for (const secret of secrets) add(secret, `agent "${name}"`)
  }
  for (const secret of plan.gateway.secrets) {
    if (secret.why === 'control') add(secret, 'the gateway')
    const sources = plan.webhooks.filter((webhook) => webhook.secret === secret.id)
    for (const { source } of sources) add(secret, `webhook source "${source}"`)
  }
  return used
}

/** What the ids of a plan's secrets begin with: three parts follow it. Every plan has one secret, the gateway's key. */
export function secretPrefix({ gateway, agents }: Pick<Plan, 'gateway' | 'agents'>): string | undefined {
  const [first] = [...gateway.secrets, ...agents.flatMap(({ secrets }) => secrets)]
  if (first === undefined) return undefined
  const { id, type, instance, field } = first
  const tail = separators.map((between) => [type, instance, field].join(between)).find((one) => id.endsWith(one))
  return tail && id.slice(0, -tail.length)
}

/** Between the parts of an id: as the AWS stores take it, and Google's. */
const separators = ['/', '--'] as const
