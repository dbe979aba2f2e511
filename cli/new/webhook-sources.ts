import { type WebhookProvider, webhookProviders } from '../../core/project/schema/webhooks.ts'
import { exitCodes, UserError } from '../errors.ts'

import { type Edit, editData, valueAt } from '../toml/edit-data.ts'
import type { TomlTable } from '../toml/toml-value.ts'

/** The change of config.toml that defines a source: signed, if its provider signs. */
const sourceEdit = (name: string, type: WebhookProvider, credential = 'default'): Edit => ({
  do: 'set',
  path: ['webhooks', name],
  value: webhookProviders[type].secret === undefined ? { type } : { type, credential },
})

const isProvider = (name: string): name is WebhookProvider => Object.hasOwn(webhookProviders, name)

/**
 * The changes of config.toml that give new triggers the sources they name: one that is named like a provider is made, any
 * other has to be there. `edits` are changes of config.toml that are made anyway.
 */
export function missingSources(triggers: readonly TomlTable[], config: TomlTable, edits: readonly Edit[] = []): Edit[] {
  const after = edits.reduce(editData, config)
  const named = new Set(triggers.map(({ source }) => source).filter((one) => typeof one === 'string'))
  return [...named].flatMap((name) =>
    isProvider(name) && valueAt(after, ['webhooks', name]) === undefined ? [sourceEdit(name, name)] : [],
  )
}

/** Reads `name=type` or `name=type:instance`. Throws a `UserError` (usage). */
export function readSource(text: string): Edit {
  const [, name, type, credential] = /^([^=\s]+)=([^:=\s]+)(?::(\S+))?$/.exec(text) ?? []
  if (name === undefined || type === undefined || !isProvider(type)) {
    const types = Object.keys(webhookProviders).join(', ')
    throw new UserError(
      `--add-source "${text}": write name=type, or name=type:instance of its secret; types are ${types}`,
      exitCodes.usage,
    )
  }
  return sourceEdit(name, type, credential)
}
