import { expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import type { Change } from '../../infra/aws/deploy/change.ts'
import type { Right } from '../../infra/aws/deploy/rights.ts'
import { projectFiles } from '../../infra/project-files.ts'
import type { Message } from '../ui/ui.ts'
import { showRights } from './show-rights.ts'

const plan = acme()
const reads = rightOf('agent dev', plan.agents.find(({ name }) => name === 'dev')?.permissions[0])

test('a right is told by its owner, the reason that the plan gives, and what it is exactly', () => {
  expect(shown({ added: [reads] })).toContain('agent dev\n  + read its own credentials at start  secretsmanager:')
})

test('a right that is wider than the plan says gets no reason of the plan', () => {
  const wider = { ...reads, to: [...reads.to, '*'] }
  expect(shown({ added: [wider] })).not.toContain('read its own credentials')
  expect(shown({ removed: [wider] })).toMatch(/ {2}- secretsmanager:GetSecretValue on .*, \*$/m)
})

test('an ARN of another account stays whole, one of this account says what tells it from others', () => {
  const to = [
    'arn:${AWS::Partition}:ecr:eu-west-1:123456789012:repository/agents',
    'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:letters',
  ]
  expect(shown({ added: [{ ...reads, actions: ['ecr:Get', 'ecr:Put', 'sqs:Send'], to }] })).toContain(
    `ecr:Get, Put, sqs:Send on ${to[0]}, letters`,
  )
})

test('a condition reads as what has to be true', () => {
  const condition = JSON.stringify({
    StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    Bool: { 'aws:SecureTransport': 'true' },
  })
  const trust: Right = {
    of: 'GatewayRole',
    kind: 'trusts',
    effect: 'Allow',
    actions: [],
    to: ['x.amazonaws.com'],
    condition,
  }
  expect(shown({ added: [trust] })).toContain(
    'gateway\n  + trusts x.amazonaws.com if aws:SourceAccount = this account and aws:SecureTransport = true',
  )
})

test('a first deploy has a line for each identity; where something stands already, every right has its own', () => {
  const rights = plan.gateway.permissions.map((one) => rightOf('GatewayRole', one))
  const first = shown({ added: rights }, { brief: true, kind: 'create' })
  expect(first.split('\n')).toHaveLength(2)
  expect(first).toContain('+ gateway  read its own credentials at start; write its own log; ')
  expect(shown({ added: rights }, { brief: true, kind: 'update' }).split('\n')).toHaveLength(2 + rights.length)
})

function acme(): Plan {
  const compiled = compileProject(projectFiles(new URL('../../examples/acme', import.meta.url).pathname), {})
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.plan
}

function rightOf(of: string, statement: Plan['gateway']['permissions'][number] | undefined): Right {
  if (statement === undefined) throw new Error(`${of} may do nothing`)
  return { of, kind: 'may', effect: 'Allow', actions: statement.actions, to: statement.resources }
}

/** The text that people see. */
function shown(
  rights: Partial<Change['rights']>,
  { brief = false, kind = 'update' as 'create' | 'update' } = {},
): string {
  const messages: Message[] = []
  const change: Change = {
    any: true,
    stacks: [{ stack: 's', kind }],
    resources: [],
    rights: { added: [], removed: [], ...rights },
  }
  showRights(change, plan, { emit: (message) => messages.push(message) }, brief)
  return messages
    .flatMap((message) => {
      if (message.kind === 'heading') return [message.text]
      return message.kind === 'lines' ? message.lines.map((line) => line.map(({ text }) => text).join('')) : []
    })
    .join('\n')
}
