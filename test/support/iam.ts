import type { Resource } from './synth-project.ts'

/** What a policy says, with its lists of one spread again and its ARNs resolved for one account and region. */
export interface Allow {
  readonly effect: string
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly conditions: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export const account = '123456789012'
export const region = 'eu-west-1'

/** CloudFormation's intrinsic functions, as far as roles use them, in one account and region. */
export function resolveText(value: unknown): string {
  if (typeof value === 'string') return value
  const [[name, argument] = []] = Object.entries(value as Record<string, unknown>)
  const pseudo: Record<string, string> = {
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::URLSuffix': 'amazonaws.com',
  }
  if (name === 'Ref') return pseudo[argument as string] ?? `ref:${argument}`
  if (name === 'Fn::GetAtt') return `attribute:${(argument as string[]).join('.')}`
  if (name === 'Fn::Sub' && typeof argument === 'string') {
    return argument.replace(/\$\{([^}]+)\}/g, (_, key: string) => {
      const found = pseudo[key]
      if (found === undefined) throw new Error(`unknown in Fn::Sub: ${key}`)
      return found
    })
  }
  throw new Error(`unknown function ${JSON.stringify(value)}`)
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

/** The statements of a role's inline policies. Throws when it has policies of another kind. */
export function statementsOf({ Type, Properties }: Resource): Allow[] {
  if (Type !== 'AWS::IAM::Role') throw new Error(`${Type} is no role`)
  if (Properties.ManagedPolicyArns !== undefined) throw new Error('a role has managed policies')
  const policies = Properties.Policies as { PolicyDocument: { Statement: Record<string, unknown>[] } }[]
  return policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.map((one) => {
      const unknown = Object.keys(one).filter((key) => !['Effect', 'Action', 'Resource', 'Condition'].includes(key))
      if (unknown.length > 0) throw new Error(`a statement has ${unknown}`)
      const conditions = Object.entries((one.Condition ?? {}) as Record<string, Record<string, unknown>>)
      return {
        effect: String(one.Effect),
        actions: list(one.Action).map(resolveText),
        resources: list(one.Resource).map(resolveText),
        conditions: Object.fromEntries(
          conditions.map(([operator, tests]) => [
            operator,
            Object.fromEntries(Object.entries(tests).map(([key, value]) => [key, resolveText(value)])),
          ]),
        ),
      }
    }),
  )
}

/** Whether a pattern of IAM matches: `*` any text, `?` any character, whatever they are (also `/` and `:`). */
export function iamMatches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

/** Whether one of the statements allows the action on the resource. Without a `context`, conditions are taken as met. */
export const allows = (
  statements: readonly Allow[],
  action: string,
  resource: string,
  context?: Readonly<Record<string, string>>,
): boolean =>
  statements.some(
    (one) =>
      one.effect === 'Allow' &&
      one.actions.some((pattern) => iamMatches(pattern, action)) &&
      one.resources.some((pattern) => iamMatches(pattern, resource)) &&
      (context === undefined || isMet(one.conditions, context)),
  )

/** A key that the request does not have meets none of these. */
const isMet = (conditions: Allow['conditions'], context: Readonly<Record<string, string>>): boolean =>
  Object.entries(conditions).every(([operator, tests]) =>
    Object.entries(tests).every(([key, wanted]) => {
      const value = context[key]
      if (operator === 'StringEquals') return value === wanted
      if (operator === 'ArnEquals') return value !== undefined && iamMatches(wanted, value)
      throw new Error(`unknown operator ${operator}`)
    }),
  )
