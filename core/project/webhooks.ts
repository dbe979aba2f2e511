import { instanceProblem } from '../credentials/reference.ts'
import { problemAt } from './check.ts'
import type { MergedConfig } from './layers.ts'
import { nearest } from './nearest.ts'
import { compare, type KeyPath, type Problem } from './problem.ts'
import type { Trigger, WebhookSource } from './project.ts'
import { quote } from './quote.ts'
import { isTable } from './salvage.ts'
import { type Trigger as TriggerConfig, type WebhookProvider, webhookProviders } from './schema/webhooks.ts'
import type { Document } from './toml.ts'

/** A source's name is a part of its URL. */
const sourceName = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/

/** Checks `[webhooks.<source>]` tables. Sources with a mistake are left out of the answer, but their names stay known. */
export function checkSources(merged: MergedConfig, problems: Problem[]): readonly WebhookSource[] {
  const sources: WebhookSource[] = []
  for (const [name, source] of Object.entries(merged.config.webhooks ?? {}).sort(([a], [b]) => compare(a, b))) {
    const report = (key: string | undefined, message: string) => {
      const path = key === undefined ? ['webhooks', name] : ['webhooks', name, key]
      problems.push(problemAt(merged.documentOf(path), path, message))
    }
    if (!sourceName.test(name)) {
      report(undefined, 'a source is named by 1–63 letters, digits, "-" and "_": it becomes a part of its URL')
    }
    const { type, credential, allowUnsigned = false } = source
    if (credential !== undefined) {
      const problem = instanceProblem(credential)
      if (problem !== undefined) report('credential', problem)
    }
    if (type === undefined) {
      // What is there but wrong has been reported with its layer.
      const tables = merged.documentOf(['webhooks', name]).data.webhooks
      const written = isTable(tables) ? tables[name] : undefined
      if (isTable(written) && written.type === undefined) {
        report('type', `missing: expected one of ${Object.keys(webhookProviders).join(', ')}`)
      }
      continue
    }
    if (Object.hasOwn(webhookProviders, name) && name !== type) {
      report(
        undefined,
        `is named like the provider "${name}" but is of type "${type}"; /webhooks/${name} would be ambiguous`,
      )
    }
    if (credential !== undefined) {
      if (webhookProviders[type].secret === undefined)
        report('credential', `sources of type "${type}" are never signed; remove it`)
      else if (allowUnsigned) report('allowUnsigned', 'contradicts `credential`: keep one of the two')
    }
    sources.push({ name, type, allowUnsigned, credential })
  }
  return sources
}

/**
 * Checks one `[[webhooks]]` table of an agent against the source it names. `filters` are already known to be filters of
 * some provider, of the right type.
 */
export function checkTrigger(
  config: TriggerConfig,
  index: number,
  document: Document,
  sources: ReadonlyMap<string, WebhookProvider | undefined>,
  problems: Problem[],
): Trigger {
  const path: KeyPath = ['webhooks', index]
  const { source, ...filters } = config
  if (!sources.has(source)) {
    const names = [...sources.keys()]
    const available = names.length === 0 ? 'config.toml defines none' : `defined: ${names.map(quote).join(', ')}`
    const message = `no [webhooks] source ${quote(source)}${nearest(source, names)}; ${available}`
    problems.push(problemAt(document, [...path, 'source'], message))
  }
  const type = sources.get(source)
  const allowed: readonly string[] | undefined = type === undefined ? undefined : webhookProviders[type].filters
  for (const key of Object.keys(filters)) {
    if (allowed === undefined || allowed.includes(key)) continue
    const message = `sources of type "${type}" have no such filter${nearest(key, allowed)}; they have ${allowed.join(', ')}`
    problems.push(problemAt(document, [...path, key], message))
  }
  return { source, filters }
}
