import type { ChangeKind, ResourceChange } from '../../infra/deploy/resource-change.ts'
import type { StyledLine, TextStyle } from '../ui/ui.ts'

const marks: Readonly<Record<ChangeKind, { readonly mark: string; readonly style: TextStyle }>> = {
  add: { mark: '+', style: 'green' },
  change: { mark: '~', style: 'yellow' },
  replace: { mark: '!', style: 'red' },
  remove: { mark: '-', style: 'red' },
}

/** More resources than this that come or go together are counted by type, not named. */
const namedResources = 8

/** What people call a type of resources, in the singular. */
export type WordOf = (type: string) => string

/** What a deploy would do to resources, for people: by agent, the control plane first. */
export const resourceLines = (resources: readonly ResourceChange[], wordOf: WordOf): StyledLine[] =>
  [...ownersOf(resources)].flatMap(([owner, changes]) => ownerLines(owner, changes, wordOf))

/** The control plane first, then agents by name. */
function ownersOf(resources: readonly ResourceChange[]): Map<string, ResourceChange[]> {
  const grouped = Map.groupBy(resources, ({ agent }) => (agent === undefined ? '' : agent))
  return new Map([...grouped].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function ownerLines(owner: string, resources: readonly ResourceChange[], wordOf: WordOf): StyledLine[] {
  const name = owner === '' ? 'control plane' : `agent ${owner}`
  const kinds = new Set(resources.map(({ kind }) => kind))
  const [only] = kinds
  // All of it comes or goes: what it consists of says little.
  if (kinds.size === 1 && (only === 'add' || only === 'remove')) {
    const { mark, style } = marks[only]
    const kept = resources.filter(({ retained }) => retained === true).map(({ part }) => part)
    const parts =
      resources.length > namedResources ? countedTypes(resources, wordOf) : resources.map(({ part }) => part).join(', ')
    return [
      [
        { text: `${mark} `, style },
        { text: name, style: 'bold' },
        { text: `  ${parts}${kept.length === 0 ? '' : ` (kept in the cloud: ${kept.join(', ')})`}`, style: 'dim' },
      ],
    ]
  }
  return [
    [
      { text: '~ ', style: 'yellow' },
      { text: name, style: 'bold' },
    ],
    ...resources.map(({ kind, part, properties, retained }): StyledLine => {
      const { mark, style } = marks[kind]
      const note = kind === 'replace' ? ' (replaced)' : retained === true ? ' (kept in the cloud)' : ''
      return [
        { text: `    ${mark} `, style },
        { text: `${part}${note}` },
        { text: properties.length === 0 ? '' : `  ${properties.join(', ')}`, style: 'dim' },
      ]
    }),
  ]
}

/** `AWS::Lambda::Function` twice, `AWS::SQS::QueuePolicy` once → `3 resources: 2 functions, 1 queue policy`. */
function countedTypes(resources: readonly ResourceChange[], wordOf: WordOf): string {
  const words = Map.groupBy(resources, ({ type }) => wordOf(type))
  const counted = [...words]
    .sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .map(([word, { length }]) => `${length} ${length === 1 ? word : plural(word)}`)
  return `${resources.length} resources: ${counted.join(', ')}`
}

const plural = (word: string): string => (/[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`)
