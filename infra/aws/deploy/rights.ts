import { placesIn, type Template } from './template.ts'

/** A statement of a policy: somebody may do something to something. */
export interface Right {
  /** The agent, or the part of the control plane, that it is about. */
  readonly of: string
  /** `may`: it may do this. `trusts`: others may act as it, or call it. */
  readonly kind: 'may' | 'trusts'
  readonly effect: string
  readonly actions: readonly string[]
  /** What it may be done to, or who is trusted, as the template writes it. */
  readonly to: readonly string[]
  readonly condition?: string
}

/** Every right that a template gives: policies of roles, trust of roles, permissions of functions and queues. */
export function rightsOf(template: Template): Right[] {
  const placeOf = placesIn(template)
  return Object.entries(template.Resources ?? {}).flatMap(([id, { Type, Properties = {} }]): Right[] => {
    const { agent, part } = placeOf(id)
    const of = agent === undefined ? part : `agent ${agent}`
    switch (Type) {
      case 'AWS::IAM::Role': {
        const policies = listOf(Properties.Policies).flatMap((one) => statements(field(one, 'PolicyDocument')))
        const managed = listOf(Properties.ManagedPolicyArns).map((arn) => ({
          Effect: 'Allow',
          Action: 'policy',
          Resource: arn,
        }))
        return [
          ...statements(Properties.AssumeRolePolicyDocument).map((one) => right(of, 'trusts', one)),
          ...[...policies, ...managed].map((one) => right(of, 'may', one)),
        ]
      }
      case 'AWS::IAM::Policy':
      case 'AWS::IAM::ManagedPolicy':
        return statements(Properties.PolicyDocument).map((one) => right(of, 'may', one))
      case 'AWS::Lambda::Permission':
        return [
          right(of, 'trusts', {
            Effect: 'Allow',
            Action: Properties.Action,
            Principal: Properties.Principal,
            Condition: Properties.SourceArn,
          }),
        ]
      case 'AWS::SQS::QueuePolicy':
      case 'AWS::SNS::TopicPolicy':
        return statements(Properties.PolicyDocument).map((one) => right(of, 'trusts', one))
      default:
        return []
    }
  })
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]

const statements = (document: unknown): readonly unknown[] => listOf(field(document, 'Statement'))

function right(of: string, kind: Right['kind'], statement: unknown): Right {
  const condition = field(statement, 'Condition')
  const to = kind === 'may' ? listOf(field(statement, 'Resource')) : principals(field(statement, 'Principal'))
  return {
    of,
    kind,
    effect: String(field(statement, 'Effect') ?? 'Allow'),
    actions: listOf(field(statement, 'Action')).map(textOf),
    to: to.map(textOf),
    ...(condition !== undefined && { condition: textOf(condition) }),
  }
}

const principals = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(listOf) : listOf(value)

/** `Fn::Sub` reads well as it is; anything else is shown as JSON. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const sub = field(value, 'Fn::Sub')
  return typeof sub === 'string' ? sub : JSON.stringify(value)
}
