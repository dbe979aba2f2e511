import { headerReferences } from '../../core/credentials/header-reference.ts'
import type { Handout } from '../../core/plan/decisions.ts'
import type { Credential } from './credentials/credential.ts'

/** The key of the model's provider: every provider that has one keeps it in the type `<provider>_key`. */
export const modelKey = ({ provider }: Handout['model'], credentials: readonly Credential[]): string | undefined =>
  credentials.find(({ type, field }) => type === `${provider}_key` && field === 'token')?.value

/** The model with the values of credentials in its headers. Throws for a reference to one that is not there. */
export function withHeaders(model: Handout['model'], credentials: readonly Credential[]): Handout['model'] {
  if (model.headers === undefined) return model
  const headers = Object.entries(model.headers).map(([name, value]) => [name, resolved(name, value, credentials)])
  return { ...model, headers: Object.fromEntries(headers) }
}

function resolved(header: string, value: string, credentials: readonly Credential[]): string {
  return value.replace(/\$\{[^{}]*\}/g, (reference) => {
    const [ref] = headerReferences(reference).references
    const found = credentials.find(
      ({ type, instance, field }) => type === ref?.type && instance === ref.instance && field === ref.field,
    )
    if (found === undefined) throw new Error(`the model's header ${header} refers to ${reference}, which is not stored`)
    return found.value
  })
}
