import { type CredentialRef, parseRef } from './reference.ts'
import { credentialType } from './types.ts'

/** One field of a credential, as the value of a header names it. */
export interface FieldRef extends CredentialRef {
  readonly field: string
}

/**
 * The references in a header's value, which are replaced by secrets when a run starts: `${custom_key:house}`, or with the
 * field behind a dot where a type has several, `Bearer ${x_twitter_api:main.bearer_token}`. `problems` says what is wrong
 * with the others.
 */
export function headerReferences(value: string): { references: FieldRef[]; problems: string[] } {
  const references: FieldRef[] = []
  const problems: string[] = []
  for (const [, text] of value.matchAll(/\$\{([^{}]*)\}?/g)) {
    const found = readReference(text ?? '')
    if (typeof found === 'string') problems.push(found)
    else references.push(found)
  }
  return { references, problems }
}

function readReference(text: string): FieldRef | string {
  const type = text.split(/[:.]/)[0] ?? ''
  const fields = Object.keys(credentialType(type)?.fields ?? {})
  const dot = text.lastIndexOf('.')
  const tail = text.slice(dot + 1)
  // An instance may have dots itself; what follows the last one is a field only if the type has it.
  const named = dot >= 0 && fields.includes(tail)
  const parsed = parseRef(named ? text.slice(0, dot) : text)
  if (!parsed.ok) return parsed.reason
  const field = named ? tail : fields.length === 1 ? fields[0] : undefined
  if (field === undefined) return `name a field of ${type}, as in \${${text}.${fields[0]}}: it has ${fields.join(', ')}`
  return { ...parsed.ref, field }
}
