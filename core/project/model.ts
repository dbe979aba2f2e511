import { parseRef } from '../credentials/reference.ts'
import { credentialType } from '../credentials/types.ts'
import { problemAt } from './check.ts'
import type { KeyPath, Problem } from './problem.ts'
import type { Model } from './schema/model.ts'
import { credentialReferences } from './secrets-in-files.ts'
import type { Document } from './toml.ts'

/** What a `[model]` table must hold together, beyond its schema. Keys that do not fit may be left out. */
export function checkModel(model: Partial<Model>, document: Document, problems: Problem[]): void {
  const report = (key: string, message: string) => problems.push(problemAt(document, ['model', key], message))
  if (model.provider === 'custom') {
    for (const key of ['baseUrl', 'api'] as const) {
      if (model[key] === undefined)
        report(key, 'missing: a custom provider needs the URL and the wire protocol to speak')
    }
  }
  checkHeaders(model.headers ?? {}, ['model', 'headers'], document, problems)
}

/** What is wrong with a model for an agent: a person's own login is for a person's own session. */
export const notForAgents = (model: Partial<Model>): string | undefined =>
  model.authType === 'pi_auth'
    ? '"pi_auth" is a login of your own machine that no agent can use; store a key and use "api_key"'
    : undefined

/** Headers may refer to credentials of agents: `${custom_key:house}`, or `${type:instance.field}` where fields are several. */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  path: KeyPath,
  document: Document,
  problems: Problem[],
): void {
  for (const [name, value] of Object.entries(headers)) {
    const report = (message: string) => problems.push(problemAt(document, [...path, name], message))
    if (value.replace(credentialReferences, '').includes('${')) {
      report('a reference reads ${type:instance} or ${type:instance.field}')
    }
    for (const [, text = '', field] of value.matchAll(credentialReferences)) {
      const parsed = parseRef(text)
      const fields = parsed.ok ? Object.keys(credentialType(parsed.ref.type)?.fields ?? {}) : []
      if (!parsed.ok) report(parsed.reason)
      else if (field === undefined && fields.length > 1) report(`name the field: one of ${fields.join(', ')}`)
      else if (field !== undefined && !fields.includes(field)) {
        report(`${parsed.ref.type} has no such field; it has ${fields.join(', ')}`)
      }
    }
  }
}
