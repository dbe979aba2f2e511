import { parseRef } from '../credentials/reference.ts'
import { credentialType } from '../credentials/types.ts'
import { problemAt } from './check.ts'
import type { KeyPath, Problem } from './problem.ts'
import type { Model } from './schema/model.ts'
import { credentialReference } from './secrets-in-files.ts'
import type { Document } from './toml.ts'

/** What a complete `[model]` table must hold together, beyond its schema. */
export function checkModel(model: Model, document: Document, problems: Problem[]): void {
  const report = (key: string, message: string) => problems.push(problemAt(document, ['model', key], message))
  if (model.authType === 'pi_auth') {
    report('authType', '"pi_auth" is a login of your own machine that no agent can use; store a key and use "api_key"')
  }
  if (model.provider === 'custom') {
    for (const key of ['baseUrl', 'api'] as const) {
      if (model[key] === undefined)
        report(key, 'missing: a custom provider needs the URL and the wire protocol to speak')
    }
  }
  checkHeaders(model.headers ?? {}, ['model', 'headers'], document, problems)
}

/** Headers may refer to credentials of agents: `${custom_key:house}`, or `${type:instance.field}` where fields are several. */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  path: KeyPath,
  document: Document,
  problems: Problem[],
): void {
  for (const [name, value] of Object.entries(headers)) {
    const [, text, field] = credentialReference.exec(value) ?? []
    if (text === undefined) {
      if (value.includes('${')) {
        problems.push(
          problemAt(document, [...path, name], 'a reference reads ${type:instance} or ${type:instance.field}'),
        )
      }
      continue
    }
    const parsed = parseRef(text)
    const fields = parsed.ok ? Object.keys(credentialType(parsed.ref.type)?.fields ?? {}) : []
    const reason = !parsed.ok
      ? parsed.reason
      : field === undefined && fields.length > 1
        ? `name the field: one of ${fields.join(', ')}`
        : field !== undefined && !fields.includes(field)
          ? `${parsed.ref.type} has no such field; it has ${fields.join(', ')}`
          : undefined
    if (reason !== undefined) problems.push(problemAt(document, [...path, name], reason))
  }
}
