import type { Plan, Statement } from '../../core/plan/schema.ts'
import { schedulesPermissions } from '../../core/plan/targets/aws-permissions.ts'
import type { Change } from '../../infra/aws/deploy/change.ts'
import type { Right } from '../../infra/aws/deploy/rights.ts'
import type { StyledLine, TextStyle, Ui } from '../ui/ui.ts'

/** More rights than this are counted, not listed: `--json` has them all. */
const listedRights = 60

/** Whose rights a part of the control stack holds. Source: the constructs in `infra/aws`. */
const ownerNames: Readonly<Record<string, string>> = {
  ApiInvoke: 'gateway',
  GatewayRole: 'gateway',
  SchedulerRole: 'scheduler',
  SchedulingTaskStoppedInvoke: 'scheduler',
  SchedulingInvoker: 'schedules',
  ImageBuilderRole: 'image builder',
  DeadLettersPolicy: 'dead letters',
}

/**
 * Shows who may do more or less than before, by owner, each right with the reason that the plan gives for it. A right
 * without a reason there (trust, or what others have put into a role) is shown as the template writes it. In brief, a
 * first deploy says only what each identity is for.
 */
export function showRights({ rights: { added, removed }, stacks }: Change, plan: Plan, ui: Ui, brief: boolean): void {
  if (brief && removed.length === 0 && stacks.every(({ kind }) => kind === 'create')) showReasons(added, plan, ui)
  else showRightsInFull(added, removed, plan, ui)
}

function showRightsInFull(added: readonly Right[], removed: readonly Right[], plan: Plan, ui: Ui): void {
  const all = [
    ...removed.map((right) => ({ right, mark: '-', style: 'red' as TextStyle, why: undefined })),
    ...added.map((right) => ({ right, mark: '+', style: 'green' as TextStyle, why: reasonOf(right, plan) })),
  ]
  if (all.length === 0) return
  const listed = all.slice(0, listedRights)
  const lines = [...Map.groupBy(listed, ({ right }) => ownerNames[right.of] ?? right.of)].flatMap(([owner, rights]) => [
    [{ text: owner, style: 'bold' as TextStyle }],
    ...rights.map(({ right, mark, style, why }): StyledLine => {
      const exact = sentence(right)
      const words =
        why === undefined ? [{ text: exact }] : [{ text: why }, { text: `  ${exact}`, style: 'dim' as const }]
      return [{ text: `  ${mark} `, style }, ...words]
    }),
  ])
  const rest = all.length - listed.length
  ui.emit({ kind: 'heading', text: 'Permissions' })
  ui.emit({
    kind: 'lines',
    lines: rest === 0 ? lines : [...lines, [{ text: `and ${rest} more; --json lists all`, style: 'dim' }]],
  })
}

/** What the identities of a first deploy are for, a line each: all of it is new, and nobody reads fifty policies. */
function showReasons(rights: readonly Right[], plan: Plan, ui: Ui): void {
  const reasons = Map.groupBy(
    rights.filter(({ kind }) => kind === 'may'),
    ({ of }) => ownerNames[of] ?? of,
  )
  const width = Math.max(0, ...[...reasons.keys()].map((owner) => owner.length))
  const lines = [...reasons].map(([owner, may]): StyledLine => {
    const texts = may.map((right) => reasonOf(right, plan)?.replace(/ \(.*\)$/, '') ?? sentence(right))
    return [
      { text: '+ ', style: 'green' },
      { text: owner.padEnd(width), style: 'bold' },
      { text: `  ${texts.join('; ')}` },
    ]
  })
  ui.emit({ kind: 'heading', text: 'Permissions (`al diff` shows each policy)' })
  ui.emit({ kind: 'lines', lines })
}

/** The reason that the plan gives for exactly this right, not for a similar one. */
function reasonOf({ of, kind, actions, to }: Right, plan: Plan): string | undefined {
  if (kind !== 'may') return undefined
  const found = statementsOf(of, plan).find(
    (one) => one.actions.join() === actions.join() && one.resources.join() === to.join(),
  )
  return found?.why
}

function statementsOf(of: string, plan: Plan): readonly Statement[] {
  switch (of) {
    case 'GatewayRole':
      return plan.gateway.permissions
    case 'SchedulerRole':
      return plan.scheduler.permissions
    case 'SchedulingInvoker':
      return schedulesPermissions(plan.names)
    case 'ImageBuilderRole':
      return plan.builder?.permissions ?? []
    default:
      return plan.agents.find(({ name }) => `agent ${name}` === of)?.permissions ?? []
  }
}

function sentence({ kind, effect, actions, to, condition }: Right): string {
  const when = condition === undefined ? '' : ` if ${conditionText(condition)}`
  const things = to.map(short).join(', ')
  if (kind === 'trusts')
    return `${effect === 'Deny' ? 'refuses' : 'trusts'} ${things === '*' ? 'anybody' : things}${when}`
  return `${effect === 'Deny' ? 'must not ' : ''}${actionsText(actions)} on ${things}${when}`
}

/** `logs:CreateLogStream, logs:PutLogEvents` → `logs:CreateLogStream, PutLogEvents`. */
const actionsText = (actions: readonly string[]): string =>
  actions
    .map((action, i) => {
      const service = action.slice(0, action.indexOf(':') + 1)
      return i > 0 && service !== '' && actions[i - 1]?.startsWith(service) ? action.slice(service.length) : action
    })
    .join(', ')

/** Shortens an ARN in this account and region to what distinguishes it; any other stays whole. */
const short = (resource: string): string =>
  resource
    .replace(/^arn:\$\{AWS::Partition\}:[\w-]+:(?:\$\{AWS::Region\})?:(?:\$\{AWS::AccountId\})?:/, '')
    .replace(/^(?:secret:|log-group:|function:|parameter(?=\/)|table\/|repository\/)/, '')
    .replace(/-\?{6}$/, '')
    .replaceAll('${AWS::AccountId}', '<account>')
    .replaceAll('${AWS::Region}', '<region>')

/** A condition is JSON of a policy, or the ARN of the one who may call: as `key = value`, as far as that is all it says. */
function conditionText(condition: string): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(condition)
  } catch {
    return short(condition)
  }
  if (!isRecord(parsed)) return short(condition)
  if (Array.isArray(parsed['Fn::Sub'])) return short(String(parsed['Fn::Sub'][0]))
  return Object.entries(parsed)
    .flatMap(([operator, keys]) =>
      isRecord(keys)
        ? Object.entries(keys).map(([key, value]) => `${key} ${comparisons[operator] ?? operator} ${valueText(value)}`)
        : [`${operator} ${JSON.stringify(keys)}`],
    )
    .join(' and ')
}

const comparisons: Readonly<Record<string, string>> = {
  StringEquals: '=',
  ArnEquals: '=',
  Bool: '=',
  ArnLike: 'like',
  StringLike: 'like',
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return short(value)
  if (isRecord(value) && value.Ref === 'AWS::AccountId') return 'this account'
  if (isRecord(value) && typeof value['Fn::Sub'] === 'string') return short(value['Fn::Sub'])
  return JSON.stringify(value)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
