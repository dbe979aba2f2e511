import type { Change, ChangeKind, ResourceChange } from '../../infra/aws/deploy/change.ts'
import type { Right } from '../../infra/aws/deploy/rights.ts'
import type { StyledLine, TextStyle, Ui } from '../ui/ui.ts'

const marks: Readonly<Record<ChangeKind, { readonly mark: string; readonly style: TextStyle }>> = {
  add: { mark: '+', style: 'green' },
  change: { mark: '~', style: 'yellow' },
  replace: { mark: '!', style: 'red' },
  remove: { mark: '-', style: 'red' },
}

/** More rights than this are counted, not listed: `--json` has them all. */
const listedRights = 40

/** What a deploy would do, for people: resources by agent, then who may do more or less than before. */
export function showChange(change: Change, ui: Ui): void {
  const lines: StyledLine[] = [...ownersOf(change)].flatMap(([owner, resources]) => ownerLines(owner, resources))
  for (const { stack, kind, status } of change.stacks) {
    if (kind === 'delete') lines.push([{ text: '- ', style: 'red' }, { text: `stack ${stack}` }])
    else if (kind !== 'none' && !change.resources.some((one) => one.stack === stack)) {
      const why = status === undefined ? 'new' : status.endsWith('_COMPLETE') ? 'outputs or conditions' : status
      lines.push([{ text: '~ ', style: 'yellow' }, { text: `stack ${stack} (${why})` }])
    }
  }
  if (lines.length > 0) {
    ui.emit({ kind: 'heading', text: 'Resources' })
    ui.emit({ kind: 'lines', lines })
  }
  const { added, removed } = change.rights
  if (added.length + removed.length > 0) {
    ui.emit({ kind: 'heading', text: 'Permissions' })
    ui.emit({ kind: 'lines', lines: [...rightLines(removed, '-', 'red'), ...rightLines(added, '+', 'green')] })
  }
}

/** The control plane first, then agents by name. */
function ownersOf({ resources }: Change): Map<string, ResourceChange[]> {
  const grouped = Map.groupBy(resources, ({ agent }) => (agent === undefined ? '' : agent))
  return new Map([...grouped].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function ownerLines(owner: string, resources: readonly ResourceChange[]): StyledLine[] {
  const name = owner === '' ? 'control plane' : `agent ${owner}`
  const kinds = new Set(resources.map(({ kind }) => kind))
  const [only] = kinds
  // All of it comes or goes: what it consists of says little.
  if (kinds.size === 1 && (only === 'add' || only === 'remove')) {
    const { mark, style } = marks[only]
    const kept = resources.filter(({ retained }) => retained === true).map(({ part }) => part)
    const parts = resources.map(({ part }) => part).join(', ')
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

function rightLines(rights: readonly Right[], mark: string, style: TextStyle): StyledLine[] {
  const lines = rights
    .slice(0, listedRights)
    .map((right): StyledLine => [{ text: `${mark} `, style }, { text: sentence(right) }])
  const rest = rights.length - lines.length
  return rest <= 0 ? lines : [...lines, [{ text: `${mark} ${rest} more; --json lists all`, style: 'dim' }]]
}

function sentence({ of, kind, effect, actions, to, condition }: Right): string {
  const when = condition === undefined ? '' : ` if ${condition}`
  if (kind === 'trusts') return `${of} ${effect === 'Deny' ? 'refuses' : 'trusts'} ${to.map(short).join(', ')}${when}`
  return `${of} ${effect === 'Deny' ? 'must not' : 'may'} ${actions.join(', ')} on ${to.map(short).join(', ')}${when}`
}

/** Of an ARN in this account and region, what tells it from others. */
const short = (resource: string): string =>
  resource.replace(/^arn:\$\{AWS::Partition\}:([\w-]+):(?:\$\{AWS::Region\})?:\$\{AWS::AccountId\}:/, '$1 ')
