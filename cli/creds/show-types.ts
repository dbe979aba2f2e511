import { guideOf, isOptionalField } from '../../core/credentials/guide.ts'
import { type CredentialTypeName, credentialType, credentialTypes } from '../../core/credentials/types.ts'
import { modelProviders } from '../../core/project/schema/model.ts'
import type { Ui } from '../ui/ui.ts'

const readers = {
  agent: 'agents that list it',
  gateway: 'the gateway',
  'gateway-operator': 'the gateway and you',
  operator: 'you alone',
} as const

const modelKeys: ReadonlySet<string | undefined> = new Set(Object.values(modelProviders))

/** What there is to know about a type, as data. */
const described = (name: CredentialTypeName) => {
  const type = credentialType(name)
  const guide = guideOf(name)
  return {
    type: name,
    label: type?.label ?? name,
    about: guide.about,
    ...(guide.url !== undefined && { url: guide.url }),
    readBy: modelKeys.has(name) ? 'agents with its models' : readers[type?.exposure ?? 'operator'],
    fields: Object.entries(guide.fields).map(([field, { label, open = false }]) => ({
      field,
      label,
      secret: !open,
      optional: isOptionalField(name, field),
      environment: type?.fields[field] ?? [],
    })),
  }
}

export function showTypes(ui: Ui): void {
  const all = (Object.keys(credentialTypes) as CredentialTypeName[]).map(described)
  ui.emit({ kind: 'data', data: all })
  ui.emit({
    kind: 'table',
    columns: ['type', 'what', 'fields', 'read by'],
    rows: all.map(({ type, label, fields, readBy }) => [
      type,
      label,
      fields.map(({ field }) => field).join(', '),
      readBy,
    ]),
  })
  ui.emit({ kind: 'text', text: '\n`al creds types <type>` says where to get one', dim: true })
}

export function showType(name: CredentialTypeName, ui: Ui): void {
  const type = described(name)
  ui.emit({ kind: 'data', data: type })
  ui.emit({ kind: 'heading', text: `${type.label} (${name})` })
  ui.emit({ kind: 'text', text: `It ${type.about}.` })
  if (type.url !== undefined) ui.emit({ kind: 'text', text: type.url })
  ui.emit({ kind: 'text', text: `Read by ${type.readBy}.\n` })
  ui.emit({
    kind: 'table',
    columns: ['field', 'what', 'secret', 'found in'],
    rows: type.fields.map(({ field, label, secret, optional, environment }) => [
      field,
      optional ? `${label} (optional)` : label,
      secret ? 'yes' : 'no',
      environment.join(', '),
    ]),
  })
  ui.emit({ kind: 'text', text: `\nal creds add ${name}`, dim: true })
}
