import { decisionsOf, handoutOf } from '../../core/plan/decisions.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { MissingSecret, type Secret } from '../../functions/launchers/machine/machine-launcher.ts'
import type { CredentialStore } from '../../functions/local/credential-store.ts'
import type { HostRules } from '../../functions/local/host.ts'
import { addCommand } from '../creds/add-command.ts'
import { refText } from '../creds/stored-ref.ts'

/** What a host goes by, from the plan. */
export function rulesOf(plan: Plan): HostRules {
  const agents = new Map(plan.agents.map((agent) => [agent.name, agent]))
  return {
    decisions: decisionsOf(plan),
    async handout(name) {
      const agent = agents.get(name)
      return agent && handoutOf(agent, plan)
    },
  }
}

/** The values an agent may read. Throws a `MissingSecret` when a required one has gone since the host looked. */
export async function agentSecrets(plan: Plan, agent: string, store: CredentialStore): Promise<readonly Secret[]> {
  const planned = plan.agents.find(({ name }) => name === agent)?.secrets ?? []
  const found: Secret[] = []
  for (const { type, instance, field, optional } of planned) {
    const value = await store.read({ type, instance, field })
    if (value !== undefined) found.push({ type, instance, field, value })
    else if (!optional) {
      const what = refText({ type, instance })
      throw new MissingSecret(`${field} of ${what} is missing; \`${addCommand({ type, instance, field })}\` stores it`)
    }
  }
  return found
}
