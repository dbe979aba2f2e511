import { guideOf } from '../../core/credentials/guide.ts'
import type { CredentialTypeName } from '../../core/credentials/types.ts'
import { refText } from './stored-ref.ts'

/** The command that stores what is missing: the field is named where the type has several. */
export function addCommand({ type, instance, field }: { type: string; instance: string; field: string }): string {
  const fields = Object.keys(guideOf(type as CredentialTypeName)?.fields ?? {})
  return `al creds add ${refText({ type, instance })}${fields.length > 1 ? ` --field ${field}` : ''}`
}
