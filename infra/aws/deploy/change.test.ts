import { expect, test } from 'vitest'
import { type Change, changeOf } from './change.ts'
import type { Template } from './template.ts'

const role = (name: string, action: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: `al-p_e_${name}`,
    Policies: [{ PolicyDocument: { Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] } }],
  },
})
const logs = (name: string) => ({ Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: `/al/p/e/agent/${name}` } })
const agents = (...names: readonly string[]): Template => ({
  Resources: Object.fromEntries(
    names.flatMap((name) => {
      const id = `agent${name.replaceAll('-', '')}`
      return [
        [`${id}Role0A1B2C3D`, role(name, 'logs:PutLogEvents')],
        [`${id}Logs0A1B2C3D`, logs(name)],
      ]
    }),
  ),
})
const compare = (planned: Template | undefined, standing: Template | undefined, status = 'UPDATE_COMPLETE'): Change =>
  changeOf(
    new Map(planned === undefined ? [] : [['s', planned]]),
    new Map(standing === undefined ? [] : [['s', { status, template: standing }]]),
  )
const told = ({ resources }: Change) => resources.map(({ kind, agent, part }) => `${kind} ${agent ?? '-'} ${part}`)

test('what stands as planned is no change, unless it is not whole', () => {
  expect(compare(agents('dev'), agents('dev'))).toMatchObject({ any: false, resources: [] })
  expect(compare(agents('dev'), agents('dev'), 'UPDATE_ROLLBACK_FAILED')).toMatchObject({ any: true, resources: [] })
})

test('a resource belongs to the agent whose log group stands beside it, also when another agent has a longer name', () => {
  expect(told(compare(agents('dev', 'devops', 'dev-ops-2'), agents('dev')))).toEqual([
    'add dev-ops-2 Logs',
    'add dev-ops-2 Role',
    'add devops Logs',
    'add devops Role',
  ])
})

test('an agent that is gone from the project is known by the template that stands', () => {
  const change = compare(agents('dev'), agents('dev', 'old'))
  expect(told(change)).toEqual(['remove old Logs', 'remove old Role'])
  expect(change.rights.removed).toEqual([
    { of: 'agent old', kind: 'may', effect: 'Allow', actions: ['logs:PutLogEvents'], to: ['*'] },
  ])
  expect(change.rights.added).toEqual([])
})

test('an agent that moves to another stack keeps its rights: none come and none go', () => {
  const change = changeOf(
    new Map([
      ['a', agents()],
      ['b', agents('dev')],
    ]),
    new Map([['a', { status: 'UPDATE_COMPLETE', template: agents('dev') }]]),
  )
  expect(change.rights).toEqual({ added: [], removed: [] })
  expect(told(change)).toHaveLength(4)
})

test('what CloudFormation cannot change in place is replaced', () => {
  const before = {
    Resources: { T: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'a', BillingMode: 'x' } } },
  }
  const after = (Properties: object): Template => ({
    Resources: { T: { Type: 'AWS::DynamoDB::Table', Properties: { ...before.Resources.T.Properties, ...Properties } } },
  })
  expect(compare(after({ TableName: 'b' }), before).resources).toMatchObject([
    { kind: 'replace', properties: ['TableName'] },
  ])
  expect(compare(after({ BillingMode: 'y' }), before).resources).toMatchObject([
    { kind: 'change', properties: ['BillingMode'] },
  ])
})

test('a property is named by its path, and a function of CloudFormation is one value', () => {
  const code = (ImageUri: unknown): Template => ({
    Resources: { F: { Type: 'AWS::Lambda::Function', Properties: { Code: { ImageUri }, Role: ImageUri } } },
  })
  expect(compare(code({ 'Fn::Sub': 'a' }), code({ 'Fn::Sub': 'b' })).resources[0]?.properties).toEqual([
    'Code.ImageUri',
    'Role',
  ])
})

test('a stack that nothing plans any more is removed; one that was never complete is made', () => {
  expect(compare(undefined, agents('dev')).stacks).toEqual([{ stack: 's', kind: 'delete', status: 'UPDATE_COMPLETE' }])
  const never = changeOf(new Map([['s', agents('dev')]]), new Map([['s', { status: 'ROLLBACK_COMPLETE' }]]))
  expect(never.stacks).toEqual([{ stack: 's', kind: 'create', status: 'ROLLBACK_COMPLETE' }])
})

test('what CloudFormation cannot spell is no change: it answers a question mark for it', () => {
  const named = (DisplayName: string): Template => ({
    Resources: { Topic0A1B2C3D: { Type: 'AWS::SNS::Topic', Properties: { DisplayName } } },
  })
  expect(compare(named('für 🙂'), named('f?r ?'))).toMatchObject({ any: false, resources: [] })
  expect(compare(named('für'), named('f??r')).any).toBe(true)
})
