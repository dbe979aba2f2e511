import { expect, test } from 'vitest'
import { agentsLosingTheirRuns } from './losing-runs.ts'

test('only agents whose function or role goes away or is made anew lose their runs', () => {
  const one = { stack: 's', logicalId: 'x', part: 'x', properties: [] }
  const resources = [
    { ...one, type: 'AWS::IAM::Role', agent: 'gone', kind: 'remove' },
    { ...one, type: 'AWS::Lambda::Function', agent: 'moved', kind: 'replace' },
    { ...one, type: 'AWS::IAM::Role', agent: 'changed', kind: 'change' },
    { ...one, type: 'AWS::ECS::TaskDefinition', agent: 'revised', kind: 'replace' },
    { ...one, type: 'AWS::IAM::Role', kind: 'remove' },
  ] as const
  expect(agentsLosingTheirRuns({ resources })).toEqual(['gone', 'moved'])
})
