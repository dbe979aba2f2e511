import { unresolved } from '../../doctor/differences.ts'
import type { Account } from '../account.ts'
import type { Template, TemplateResource } from '../deploy/template.ts'

export interface Facts extends Pick<Account, 'account' | 'region' | 'partition'> {
  readonly template: Template
  /** What CloudFormation calls the resources of the stack, by logical id. */
  readonly physicalIds: ReadonlyMap<string, string>
}

const suffixes: Readonly<Record<string, string>> = { 'aws-cn': 'amazonaws.com.cn' }

/** Reads a template's values as CloudFormation would: `Ref`, `Fn::GetAtt` of an ARN, `Fn::Sub` and `Fn::Join`. */
export function resolver(facts: Facts): (value: unknown) => unknown {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': facts.account,
    'AWS::Region': facts.region,
    'AWS::Partition': facts.partition,
    'AWS::URLSuffix': suffixes[facts.partition] ?? 'amazonaws.com',
  }
  const ref = (name: string): unknown => pseudo[name] ?? facts.physicalIds.get(name) ?? unresolved
  const attribute = (name: string, key: string): unknown => {
    const resource = facts.template.Resources?.[name]
    const id = facts.physicalIds.get(name)
    return resource === undefined || id === undefined
      ? unresolved
      : (attributeOf(resource, key, id, facts) ?? unresolved)
  }

  const substitute = (text: string, values: Readonly<Record<string, unknown>>): unknown => {
    let known = true
    const result = text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`
      const [id = '', ...key] = name.split('.')
      const value = name in values ? resolve(values[name]) : key.length > 0 ? attribute(id, key.join('.')) : ref(name)
      if (typeof value !== 'string') known = false
      return String(value)
    })
    return known ? result : unresolved
  }

  const call = (name: string, argument: unknown): unknown => {
    if (name === 'Ref') return ref(String(argument))
    if (name === 'Fn::GetAtt') {
      const [id = '', ...key] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.')
      return attribute(id, key.join('.'))
    }
    if (name === 'Fn::Sub') {
      const [text, values] = Array.isArray(argument) ? argument : [argument, {}]
      return substitute(String(text), values as Readonly<Record<string, unknown>>)
    }
    if (name === 'Fn::Join' && Array.isArray(argument)) {
      const [separator, parts] = argument as [string, unknown]
      const resolved = Array.isArray(parts) ? parts.map(resolve) : [unresolved]
      return resolved.every((part) => typeof part === 'string') ? resolved.join(separator) : unresolved
    }
    return unresolved
  }

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    const [only] = entries
    if (only !== undefined && entries.length === 1 && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
      return call(only[0], only[1])
    }
    return Object.fromEntries(entries.map(([key, one]) => [key, resolve(one)]))
  }
  return resolve
}

function attributeOf(
  { Type, Properties }: TemplateResource,
  key: string,
  id: string,
  facts: Facts,
): string | undefined {
  const arn = (service: string, rest: string, region = facts.region) =>
    `arn:${facts.partition}:${service}:${region}:${facts.account}:${rest}`
  if (Type === 'AWS::EC2::SecurityGroup' && key === 'GroupId') return id
  if (key !== 'Arn') return undefined
  switch (Type) {
    case 'AWS::IAM::Role':
      return arn('iam', `role${Properties?.Path ?? '/'}${id}`, '')
    case 'AWS::Lambda::Function':
      return arn('lambda', `function:${id}`)
    case 'AWS::SQS::Queue':
      // Its id is an address.
      return arn('sqs', id.slice(id.lastIndexOf('/') + 1))
    case 'AWS::DynamoDB::Table':
      return arn('dynamodb', `table/${id}`)
    default:
      return undefined
  }
}
