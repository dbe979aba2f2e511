import type { Plan } from '../../core/plan/schema.ts'
import type { Change, ChangeKind, ResourceChange } from '../../infra/aws/deploy/change.ts'
import type { StyledLine, TextStyle, Ui } from '../ui/ui.ts'
import { showRights } from './show-rights.ts'

const marks: Readonly<Record<ChangeKind, { readonly mark: string; readonly style: TextStyle }>> = {
  add: { mark: '+', style: 'green' },
  change: { mark: '~', style: 'yellow' },
  replace: { mark: '!', style: 'red' },
  remove: { mark: '-', style: 'red' },
}

/** More resources than this that come or go together are counted by type, not named. */
const namedResources = 8

/** What a deploy would do, for people: resources by agent, then who may do more or less than before. */
export function showChange(change: Change, plan: Plan, ui: Ui, { brief = false } = {}): void {
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
  showRights(change, plan, ui, brief)
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
    const parts =
      resources.length > namedResources ? countedTypes(resources) : resources.map(({ part }) => part).join(', ')
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
function countedTypes(resources: readonly ResourceChange[]): string {
  const words = Map.groupBy(resources, ({ type }) => wordOf(type))
  const counted = [...words]
    .sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .map(([word, { length }]) => `${length} ${length === 1 ? word : plural(word)}`)
  return `${resources.length} resources: ${counted.join(', ')}`
}

/** What people call a type; else its name in CloudFormation, in words. */
const wordOf = (type: string): string =>
  typeWords[type] ?? (type.split('::').at(-1) ?? type).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

const plural = (word: string): string => (/[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`)

const typeWords: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': 'HTTP API',
  'AWS::ApiGatewayV2::Integration': 'HTTP API integration',
  'AWS::ApiGatewayV2::Route': 'HTTP API route',
  'AWS::ApiGatewayV2::Stage': 'HTTP API stage',
  'AWS::CodeBuild::Project': 'image builder',
  'AWS::EC2::VPC': 'VPC',
  'AWS::EC2::VPCGatewayAttachment': 'gateway attachment',
  'AWS::EC2::SubnetRouteTableAssociation': 'route table association',
  'AWS::ECS::Cluster': 'ECS cluster',
  'AWS::Events::Rule': 'event rule',
  'AWS::Lambda::EventInvokeConfig': 'function event setting',
  'AWS::Lambda::Permission': 'function permission',
}
