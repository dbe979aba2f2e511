import { isDeepStrictEqual } from 'node:util'
import type { ResourceChange } from '../../deploy/resource-change.ts'
import { type Right, rightsOf } from './rights.ts'
import { placesIn, type Template, type TemplateResource } from './template.ts'

export interface StackResourceChange extends ResourceChange {
  readonly stack: string
  readonly logicalId: string
}

export interface StackChange {
  readonly stack: string
  readonly kind: 'create' | 'update' | 'delete' | 'none'
  /** What CloudFormation says of it now; absent if there is none. */
  readonly status?: string
}

/** What a deploy would do. */
export interface Change {
  /** Whether a deploy has anything to do. */
  readonly any: boolean
  readonly stacks: readonly StackChange[]
  readonly resources: readonly StackResourceChange[]
  /** Who may do what, before and after. */
  readonly rights: { readonly added: readonly Right[]; readonly removed: readonly Right[] }
}

export interface StandingStack {
  readonly status: string
  /** Absent if the stack has no resources: it was never complete. */
  readonly template?: Template
}

/** Compares what is planned with what stands, stack by stack. Removed stacks come last. */
export function changeOf(planned: ReadonlyMap<string, Template>, standing: ReadonlyMap<string, StandingStack>): Change {
  const names = [...new Set([...planned.keys(), ...standing.keys()])]
  const resources = names.flatMap((stack) =>
    compareResources(stack, standing.get(stack)?.template ?? {}, planned.get(stack) ?? {}),
  )
  const stacks = names.map((stack) => stackChange(stack, planned.get(stack), standing.get(stack)))
  const before = names.flatMap((stack) => rightsOf(standing.get(stack)?.template ?? {}))
  const after = names.flatMap((stack) => rightsOf(planned.get(stack) ?? {}))
  return {
    any: stacks.some(({ kind }) => kind !== 'none'),
    stacks,
    resources,
    rights: { added: without(after, before), removed: without(before, after) },
  }
}

/** CloudFormation answers a template with a question mark for each character outside of ASCII. */
const alike = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b) || isDeepStrictEqual(ascii(a), ascii(b))

const ascii = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value).replace(/[^\0-\x7f]/gu, '?'))

const without = (list: readonly Right[], others: readonly Right[]): Right[] => {
  const known = new Set(others.map((one) => JSON.stringify(one)))
  return list.filter((one) => !known.has(JSON.stringify(one)))
}

function stackChange(stack: string, planned: Template | undefined, standing: StandingStack | undefined): StackChange {
  if (standing === undefined) return { stack, kind: 'create' }
  const { status, template } = standing
  if (planned === undefined) return { stack, kind: 'delete', status }
  if (template === undefined) return { stack, kind: 'create', status }
  // A stack that is not whole is deployed again even when its template is the planned one.
  const isWhole = /_COMPLETE$/.test(status)
  return { stack, kind: isWhole && alike(planned, template) ? 'none' : 'update', status }
}

function compareResources(stack: string, before: Template, after: Template): StackResourceChange[] {
  const old = before.Resources ?? {}
  const now = after.Resources ?? {}
  const placeBefore = placesIn(before)
  const placeAfter = placesIn(after)
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].sort().flatMap((logicalId): StackResourceChange[] => {
    const a = old[logicalId]
    const b = now[logicalId]
    if (b === undefined) {
      if (a === undefined) return []
      const retained = a.DeletionPolicy === 'Retain'
      const place = placeBefore(logicalId)
      return [
        { stack, logicalId, type: a.Type, ...place, kind: 'remove', properties: [], ...(retained && { retained }) },
      ]
    }
    const place = { stack, logicalId, type: b.Type, ...placeAfter(logicalId) }
    if (a === undefined) return [{ ...place, kind: 'add', properties: [] }]
    if (alike(a, b)) return []
    const properties = differing(a.Properties ?? {}, b.Properties ?? {})
    return [{ ...place, kind: isReplaced(a, b, properties) ? 'replace' : 'change', properties }]
  })
}

/** Properties that CloudFormation cannot change in place, of the types that the stacks consist of. */
const fixed: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema'],
  'AWS::ECS::Cluster': ['ClusterName'],
  'AWS::ECS::TaskDefinition': ['Family'],
  'AWS::IAM::Role': ['RoleName', 'Path'],
  'AWS::Lambda::Function': ['FunctionName', 'PackageType'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::SQS::Queue': ['QueueName'],
  'AWS::Scheduler::Schedule': ['Name', 'GroupName'],
  'AWS::Scheduler::ScheduleGroup': ['Name'],
}

const isReplaced = (a: TemplateResource, b: TemplateResource, properties: readonly string[]): boolean =>
  a.Type !== b.Type ||
  (fixed[b.Type] ?? []).some((one) => properties.some((path) => path === one || path.startsWith(`${one}.`)))

type Value = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Value =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Two levels are enough to say where to look; what is a list or a function of CloudFormation is one value. */
function differing(a: Value, b: Value, depth = 2): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort().flatMap((key) => {
    const [x, y] = [a[key], b[key]]
    if (alike(x, y)) return []
    const isFunction = [x, y].some(
      (one) => isRecord(one) && Object.keys(one).some((name) => /^(?:Ref$|Fn::)/.test(name)),
    )
    if (depth > 1 && !isFunction && isRecord(x) && isRecord(y)) {
      return differing(x, y, depth - 1).map((path) => `${key}.${path}`)
    }
    return [key]
  })
}
