import type { EngineEvent, StepEventMetadata } from '@pulumi/pulumi/automation/index.js'
import type { Plan, Statement } from '../../../core/plan/schema.ts'
import { compare } from '../../../core/project/problem.ts'
import type { ChangeKind, ResourceChange } from '../../deploy/resource-change.ts'

export interface PulumiResourceChange extends ResourceChange {
  readonly urn: string
}

/** A binding: an identity has a role on something. */
export interface Right {
  /** The agent, or the part of the control plane, that it is about. */
  readonly of: string
  /** `allUsers`, or the one that deploys made. */
  readonly member: string
  readonly role: string
  /** What it is about: `secrets/action-llama--github_token--default--token`. */
  readonly on: string
  /** The reason that the plan gives. */
  readonly why?: string
}

/** What a deploy would do. */
export interface Change {
  /** Whether a deploy has anything to do. */
  readonly any: boolean
  readonly resources: readonly PulumiResourceChange[]
  /** Who may do what, before and after. */
  readonly rights: { readonly added: readonly Right[]; readonly removed: readonly Right[] }
}

/** What the engine's steps mean. A replacement is told as a whole, and then in its two parts. */
const kinds: Readonly<Record<string, ChangeKind>> = {
  create: 'add',
  import: 'add',
  update: 'change',
  replace: 'replace',
  'import-replacement': 'replace',
  delete: 'remove',
}

/** Reads what a preview told. `plan` gives the reasons of what is new. */
export function changeOf(events: readonly EngineEvent[], plan: Plan): Change {
  const steps = events.flatMap(({ resourcePreEvent }) =>
    resourcePreEvent === undefined ? [] : [resourcePreEvent.metadata],
  )
  const changes = steps.filter(({ op, type }) => kinds[op] !== undefined && type !== 'pulumi:pulumi:Stack')
  const resources = changes.map(resourceChange).sort(byUrn)
  const rights = changes.filter(({ type }) => isBinding(type))
  return {
    any: resources.length > 0,
    resources,
    rights: {
      added: rights.flatMap((step) => rightOf(step, step.new?.inputs, plan)),
      removed: rights.flatMap((step) => rightOf(step, step.old?.inputs, plan)),
    },
  }
}

const byUrn = (a: PulumiResourceChange, b: PulumiResourceChange): number => compare(a.urn, b.urn)

/** The same where some resources were removed behind Pulumi's back, which its preview does not know: they are made again. */
export function withRemoved(
  change: Change,
  removed: readonly { readonly urn: string; readonly type: string }[],
): Change {
  if (removed.length === 0) return change
  const again = removed.map(
    ({ urn, type }): PulumiResourceChange => ({ urn, type, ...placeOf(urn), kind: 'add', properties: [] }),
  )
  const others = change.resources.filter(({ urn }) => !removed.some((one) => one.urn === urn))
  return { ...change, any: true, resources: [...others, ...again].sort(byUrn) }
}

function resourceChange({ op, urn, type, old, diffs, detailedDiff }: StepEventMetadata): PulumiResourceChange {
  const retained = old?.retainOnDelete === true || old?.inputs?.deletionPolicy === 'ABANDON'
  // The engine says null for what it does not say; the library's types do not.
  const detailed = Object.keys(detailedDiff ?? {})
  const properties = detailed.length > 0 ? detailed : (diffs ?? [])
  const kind = kinds[op] ?? 'change'
  return {
    urn,
    type,
    ...placeOf(urn),
    kind,
    properties: [...new Set(properties)].sort(),
    ...(kind === 'remove' && retained && { retained }),
  }
}

/** The name that the program gave a resource. */
export const nameIn = (urn: string): string => urn.slice(urn.lastIndexOf('::') + 2)

/** Where a resource belongs. Source: the names that `infra/gcp/constructs` give: `agent-dev`, `agent-dev/<role>/<what>`. */
export function placeOf(urn: string): { readonly agent?: string; readonly part: string } {
  const name = nameIn(urn)
  const type = urn.split('::')[2] ?? ''
  if (type.includes('pulumi:providers:')) return { part: 'provider' }
  const [owner = '', ...rest] = name.split('/')
  const part = rest.join('/') || type.slice(type.lastIndexOf(':') + 1)
  if (owner.startsWith('agent-')) return { agent: owner.slice('agent-'.length), part }
  return { part: rest.length > 0 ? name : `${owner} ${part}` }
}

const isBinding = (type: string): boolean => /IamMember$|IAMMember$/.test(type)

function rightOf(
  { urn }: StepEventMetadata,
  inputs: Readonly<Record<string, unknown>> | undefined,
  plan: Plan,
): Right[] {
  if (inputs === undefined || inputs === null) return []
  const { agent } = placeOf(urn)
  const [owner = '', ...on] = nameIn(urn).split('/')
  const right = {
    member: inputs.member === 'allUsers' ? 'anybody' : 'its account',
    role: String(inputs.role),
    on: on.join('/') || owner,
  }
  const { description } = (inputs.condition ?? {}) as { readonly description?: string }
  const why = description ?? statementsOf(owner, agent, plan).find((one) => isFor(one, right))?.why
  return [{ of: agent === undefined ? owner : `agent ${agent}`, ...right, ...(why !== undefined && { why }) }]
}

function statementsOf(owner: string, agent: string | undefined, plan: Plan): readonly Statement[] {
  if (agent !== undefined) return plan.agents.find(({ name }) => name === agent)?.permissions ?? []
  if (owner === 'gateway') return plan.gateway.permissions
  if (owner === 'caller') return plan.scheduler.permissions
  return owner === 'builder' ? (plan.builder?.permissions ?? []) : []
}

/** Names of bindings end in the kind and the name of what they are about. Source: `infra/gcp/constructs/grants.ts`. */
const isFor = ({ actions, resources }: Statement, { role, on }: Pick<Right, 'role' | 'on'>): boolean =>
  (actions.includes(role) || !actions.some((one) => one.startsWith('roles/'))) &&
  resources.some((one) => one.endsWith(`/${on}`) || (on.startsWith('project/') && /^projects\/[^/]+$/.test(one)))
