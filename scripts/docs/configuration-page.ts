import type * as z from 'zod'
import { agentSchema, preflightParams, preflightSchema } from '../../core/project/schema/agent.ts'
import { cloudRunSchema, ecsSchema } from '../../core/project/schema/cloud.ts'
import { configSchema, environmentSchema, overlaySchema } from '../../core/project/schema/config.ts'
import { limitsSchema } from '../../core/project/schema/limits.ts'
import { modelSchema } from '../../core/project/schema/model.ts'
import { triggerSchema, webhookProviders, webhookSourceSchema } from '../../core/project/schema/webhooks.ts'
import { bare, keyTable, type Meanings, shapeOf } from './keys.ts'
import { code, table } from './markdown.ts'
import * as meanings from './meanings.ts'

/** Tables of `config.toml` that stand apart from its own keys. */
const tablesOfConfig = ['model', 'limits', 'local', 'gateway', 'webhooks', 'telemetry', 'cloud']
const config = shapeOf(configSchema)
const inConfig = (key: string): z.core.$ZodType => config[key] as z.core.$ZodType

/** The keys of `agent-config.toml` without those that are tables of their own. */
export const agentTable = (): string =>
  keyTable(agentSchema, meanings.agentMeanings, ['webhooks', 'preflight', 'limits'])

export const limitsTable = (): string => keyTable(limitsSchema, meanings.limitMeanings)

export const preflightTables = (): string =>
  [
    keyTable(preflightSchema, meanings.preflightMeanings),
    ...Object.entries(preflightParams).map(
      ([provider, schema]) =>
        `\`[preflight.params]\` of \`provider = "${provider}"\`:\n\n${keyTable(schema, meanings.preflightParamMeanings[provider as keyof typeof preflightParams])}`,
    ),
  ].join('\n\n')

/** Which providers know which filter. */
export function filterTable(): string {
  const shape = shapeOf(triggerSchema)
  const given: Meanings = meanings.triggerMeanings
  const providers = Object.entries(webhookProviders)
  const keys = ['source', ...Object.keys(shape).filter((key) => key !== 'source')]
  const rows = keys.map((key) => {
    const known = providers
      .filter(([, { filters }]) => (filters as readonly string[]).includes(key))
      .map(([name]) => name)
    const meaning = given[key]
    if (typeof meaning !== 'string') throw new Error(`the filter ${key} has no meaning (scripts/docs/meanings.ts)`)
    return [
      code(key),
      bare(shape[key] as z.core.$ZodType)._zod.def.type === 'array' ? 'list of texts' : 'text',
      known.join(', ') || 'all',
      meaning,
    ]
  })
  return table(['Key', 'Type', 'Providers', 'Meaning'], rows)
}

/** Every key of every file of a project, as the schemas know them. */
export function configurationPage(): string {
  return `${[
    '# Configuration',
    'Generated from the schemas that a project is checked against. A key that is not here is an error, and the message names the nearest one that is.',
    'Layers, later ones win: `config.toml`, `.env.toml`, `environments/<name>.toml`, `~/.action-llama/environments/<name>.toml`. Tables are merged key by key, lists are replaced. All of them take the keys of `config.toml`; what one layer lacks another may bring. Secrets belong into none of them: they are [credentials](security.md#credentials).',
    '## config.toml',
    keyTable(configSchema, meanings.configMeanings, tablesOfConfig),
    '### [model]',
    'For agents that have none of their own.',
    keyTable(modelSchema, meanings.modelMeanings),
    '### [limits]',
    'What agents may spend ([cost](cost.md#limits)). Also in `agent-config.toml`.',
    limitsTable(),
    '### [local]',
    keyTable(inConfig('local'), meanings.localMeanings),
    '### [gateway]',
    keyTable(inConfig('gateway'), meanings.gatewayMeanings),
    '### [webhooks.&lt;source&gt;]',
    'A source of deliveries; its address is `/webhooks/<source>`.',
    keyTable(webhookSourceSchema, meanings.sourceMeanings),
    '### [telemetry]',
    keyTable(inConfig('telemetry'), meanings.telemetryMeanings),
    '### [cloud] on AWS',
    keyTable(ecsSchema, meanings.ecsMeanings),
    '### [cloud] on Google Cloud',
    keyTable(cloudRunSchema, meanings.cloudRunMeanings),
    '## .env.toml',
    'Settings of this checkout, which git ignores. The keys of `config.toml`, and:',
    keyTable(overlaySchema, meanings.overlayMeanings, Object.keys(config)),
    '## environments/&lt;name&gt;.toml',
    'What is different in an environment. The keys of `config.toml`, and `[server]`, which Action Llama wrote there:',
    keyTable(shapeOf(environmentSchema).server as z.core.$ZodType, meanings.serverMeanings),
    '## agent-config.toml',
    agentTable(),
    '### [limits] of an agent',
    'The keys of [`[limits]`](#limits) above.',
    '### [[webhooks]]',
    'What else it starts on. Filters are joined by "and"; within a list one value is enough.',
    filterTable(),
    '### [[preflight]]',
    'Steps before the model is asked, in order.',
    preflightTables(),
  ].join('\n\n')}\n`
}
