import type { Plan } from '../../core/plan/schema.ts'
import { nearest } from '../../core/project/nearest.ts'
import { type WebhookProvider, webhookProviders } from '../../core/project/schema/webhooks.ts'
import { knownModels } from '../../docker/agent/session/providers.ts'
import type { Check } from './check.ts'

/** The models of active agents: whether anybody knows them. An unknown one may be new, so it is no reason to stop. */
export async function modelChecks({ agents }: Plan): Promise<Check[]> {
  const used = agents.filter(({ compute }) => compute !== 'off')
  const byModel = Map.groupBy(used, ({ model }) => `${model.provider} ${model.model} ${model.baseUrl ?? ''}`)
  const checks = [...byModel.values()].map(async (group): Promise<Check[]> => {
    const [first] = group
    if (first === undefined) return []
    const { provider, model, baseUrl } = first.model
    const by = `for ${group.map(({ name }) => `agent "${name}"`).join(', ')}`
    const common = { kind: 'model', what: `model ${model}` } as const
    if (provider === 'custom' || baseUrl !== undefined) {
      return [{ ...common, state: 'ok', detail: `of ${baseUrl ?? provider}, ${by}` }]
    }
    const known = Object.keys(await knownModels(provider))
    if (known.includes(model)) return [{ ...common, state: 'ok', detail: `of ${provider}, ${by}` }]
    const hint = nearest(model, known)
    return [
      {
        ...common,
        state: 'warning',
        detail: `is not in the list of ${provider}'s models${hint}, ${by}`,
        todo: 'see whether `model` of [model] is the id that the provider gives it',
      },
    ]
  })
  return (await Promise.all(checks)).flat()
}

/** Sources that nobody signs. With a `credential`, the secret is checked among the credentials. */
export function webhookChecks({ webhooks }: Plan): Check[] {
  return webhooks.flatMap(({ source, provider, secret, unsigned }): Check[] => {
    if (secret !== undefined) return []
    const common = { kind: 'webhook', what: `webhook source "${source}"` } as const
    const type = webhookProviders[provider as WebhookProvider].secret
    const sign = `set \`credential = "default"\` in [webhooks.${source}], then \`al creds add ${type}\``
    if (unsigned === 'refused') {
      const detail = 'its deliveries are not signed: all of them are answered with 401, and `al deploy` refuses it'
      const open = 'set `allowUnsigned = true` if anybody who reaches the gateway may start its agents'
      return [{ ...common, state: 'missing', detail, todo: type === undefined ? open : sign }]
    }
    const detail = 'anybody who reaches the gateway may start its agents'
    const todo = type === undefined ? 'deliveries of this type are never signed: use it for trying out only' : sign
    return [{ ...common, state: 'warning', detail, todo }]
  })
}

/** Where a deploy would go. What the cloud cannot do is among the problems of the project. */
export function deployCheck(cloud: Plan | undefined): Check {
  const common = { kind: 'deploy', what: 'deploy' } as const
  if (cloud === undefined || cloud.target.assumed) {
    return {
      ...common,
      state: 'optional',
      detail: 'the project names no cloud',
      todo: '`al setup cloud`, when it is to be deployed',
    }
  }
  const { provider, region } = cloud.target
  const where = `${provider === 'gcp' ? 'Google Cloud' : 'AWS'}${region === undefined ? '' : `, ${region}`}`
  return { ...common, state: 'ok', detail: `compiles for ${where}; \`al doctor -c\` looks at what is there` }
}
