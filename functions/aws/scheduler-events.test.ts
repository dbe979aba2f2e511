import { describe, expect, test } from 'vitest'
import type { AgentRule } from '../../core/plan/decisions.ts'
import { parseSchedulerEvent } from './scheduler-events.ts'

const rule = (name: string): AgentRule => ({
  name,
  resource: `al-demo_default_${name}`,
  compute: 'fargate',
  scale: 1,
  limitSeconds: 3660,
  timeoutSeconds: 3600,
  triggers: [],
  model: 'anthropic/claude',
})
const agents = [rule('dev'), rule('dev-2')]
const parse = (event: unknown) => parseSchedulerEvent(event, agents)
const suffix = 'abcdefghij0123456789'
const taskArn = 'arn:aws:ecs:eu-west-1:123456789012:task/al-demo_default/0123'

/** As in the ECS developer guide, cut to what tells something. */
const stopped = (detail: object = {}) => ({
  version: '0',
  source: 'aws.ecs',
  'detail-type': 'ECS Task State Change',
  detail: {
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    taskArn,
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/al-demo_default_dev-2:7',
    startedBy: `${suffix}-2`,
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [
      { name: 'sidecar', exitCode: 0 },
      { name: 'agent', exitCode: 3 },
    ],
    ...detail,
  },
})

describe('a tick', () => {
  test('has the time that EventBridge puts in', () => {
    expect(parse({ kind: 'tick', agent: 'dev', at: '2026-11-21T10:00:00Z' })).toEqual({
      kind: 'tick',
      agent: 'dev',
      at: Date.UTC(2026, 10, 21, 10),
    })
  })

  test.each([
    '<aws.scheduler.scheduled-time>',
    '2026-11-21',
    '2026-13-41T10:00:00Z',
    '2026-11-21T10:00:00+02:00',
    0,
    undefined,
  ])('with %s instead of a time is an error', (at) => {
    expect(() => parse({ kind: 'tick', agent: 'dev', at })).toThrow(/agent "dev" has no time/)
  })
})

describe('a stopped task', () => {
  test('tells agent, attempt and exit code of the agent, whatever else is in the task', () => {
    expect(parse(stopped())).toEqual({
      kind: 'ended',
      end: { agent: 'dev-2', suffix, attempt: 2, container: taskArn, code: 3 },
    })
  })

  test('that never ran tells why', () => {
    const why = 'CannotPullContainerError: the image is gone'
    const event = stopped({ stopCode: 'TaskFailedToStart', stoppedReason: why, containers: [{ name: 'agent' }] })
    expect(parse(event)).toMatchObject({ kind: 'ended', end: { reason: why } })
    expect(parse(event)).not.toHaveProperty('end.code')
  })

  test('whose agent was ended for its memory says so', () => {
    const reason = 'OutOfMemoryError: Container killed due to memory usage'
    const event = stopped({ containers: [{ name: 'agent', exitCode: 137, reason }] })
    expect(parse(event)).toMatchObject({ end: { code: 137, reason } })
  })

  test.each([
    [
      'a family that is no agent',
      { taskDefinitionArn: 'arn:aws:ecs:eu-west-1:1:task-definition/al-demo_default_gone:1' },
    ],
    ['somebody else who started it', { startedBy: 'ecs-svc/123' }],
    ['nobody who started it', { startedBy: undefined }],
  ])('with %s means nothing to a run', (_, detail) => {
    expect(parse(stopped(detail))).toMatchObject({ kind: 'ignored' })
  })
})

test('an event that nobody sends is an error that names its shape and none of its content', () => {
  const events = [
    undefined,
    'text',
    [],
    {},
    { kind: 'sleep', token: 'hush' },
    { kind: 'tick', at: 'hush' },
    { source: 'aws.ecs', detail: { lastStatus: 'RUNNING', note: 'hush' } },
    { source: 'aws.s3', detail: 'hush' },
    stopped({ taskArn: undefined, note: 'hush' }),
  ]
  for (const event of events) expect(() => parse(event)).toThrow(/^unknown event: (?!.*hush)/)
  expect(() => parse({ kind: 'sleep', token: 'hush' })).toThrow('unknown event: an object with kind, token')
})

test('a sweep is a sweep', () => {
  expect(parse({ kind: 'sweep' })).toEqual({ kind: 'sweep' })
})
