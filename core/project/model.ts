import { headerReferences } from '../credentials/header-reference.ts'
import { problemAt } from './check.ts'
import type { KeyPath, Problem } from './problem.ts'
import type { Model } from './schema/model.ts'
import type { Document } from './toml.ts'

/**
 * Checks which keys of a `[model]` table need or exclude each other, beyond its schema. Invalid keys may have been left
 * out.
 */
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

/** Headers may refer to credentials of agents. */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  path: KeyPath,
  document: Document,
  problems: Problem[],
): void {
  for (const [name, value] of Object.entries(headers)) {
    for (const message of headerReferences(value).problems) problems.push(problemAt(document, [...path, name], message))
  }
}
