import { expect, test } from 'vitest'
import { placesIn } from '../../infra/aws/deploy/template.ts'
import { failureLines, namesIn } from './show-progress.ts'

test('a resource that failed is told by its agent, its type, its id, and the reason', () => {
  const template = {
    Resources: {
      agentdevLogs0A1B2C3D: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/al/p/e/agent/dev' } },
      agentdevRole0A1B2C3D: { Type: 'AWS::IAM::Role' },
      GatewayRole0A1B2C3D: { Type: 'AWS::IAM::Role' },
    },
  }
  const nameOf = namesIn(placesIn, new Map([['s', template]]))
  const failed = { stack: 's', type: 'AWS::IAM::Role', status: 'CREATE_FAILED', reason: 'it\n exists' }
  const lines = failureLines(
    [
      { ...failed, logicalId: 'agentdevRole0A1B2C3D' },
      { ...failed, logicalId: 'GatewayRole0A1B2C3D' },
    ],
    nameOf,
  )
  expect(lines).toEqual([
    'agent dev Role (AWS::IAM::Role agentdevRole0A1B2C3D): it exists',
    'GatewayRole (AWS::IAM::Role GatewayRole0A1B2C3D): it exists',
  ])
})
