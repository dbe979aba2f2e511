import { ECSClient } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import type { StopTarget } from '../../core/scheduler/launcher.ts'
import { clientSettings } from '../../functions/launchers/aws-requests.ts'
import { type FargateLauncherOptions, fargateLauncher } from '../../functions/launchers/fargate.ts'
import type { FakeAws, Fate } from '../support/fake-aws.ts'
import { clientOf, fakeAwsOf, gatewayUrl, orderFor, planOf } from './aws-project.ts'

const plan = planOf()
const cluster = plan.names.prefix
const suffix = 'abcdefghij0123456789'

async function launcherOn(options: Partial<FargateLauncherOptions> = {}) {
  const aws = await fakeAwsOf(plan)
  const launcher = fargateLauncher({
    client: new ECSClient({ ...clientOf(aws), ...clientSettings }),
    gatewayUrl,
    cluster,
    subnets: ['subnet-1', 'subnet-2'],
    securityGroups: ['sg-1'],
    stack: plan.names.prefix,
    ...options,
  })
  return { aws, launcher }
}

async function answerTo(...fates: readonly Fate[]) {
  const { aws, launcher } = await launcherOn()
  aws.meet('ecs:RunTask', ...fates)
  return { aws, answer: launcher.launch(orderFor(plan, 'long')) }
}

const target = (more: Partial<StopTarget> = {}): StopTarget => ({
  agent: 'long',
  run: `long-${suffix}`,
  suffix,
  attempt: 1,
  compute: 'fargate',
  reason: 'killed',
  ...more,
})

const arnsOf = ({ tasks }: FakeAws) => [...tasks.keys()]
const runningIn = ({ tasks }: FakeAws) => [...tasks.values()].filter(({ lastStatus }) => lastStatus !== 'STOPPED')

test('a task is started with what its container is told, under the name of its attempt, and tagged as ours', async () => {
  const { aws, launcher } = await launcherOn()
  expect(await launcher.launch(orderFor(plan, 'long', { attempt: 2 }))).toEqual({ kind: 'started' })
  expect(aws.launches).toEqual([
    {
      compute: 'fargate',
      resource: 'al-demo_default_long',
      environment: {
        AL_RUN_ID: `long-${suffix}`,
        AL_TICKET: 'ticket-of-this-attempt',
        GATEWAY_URL: gatewayUrl,
        AL_ATTEMPT: '2',
      },
    },
  ])
  const [request] = aws.requests
  expect(request?.input).toMatchObject({
    cluster,
    launchType: 'FARGATE',
    clientToken: `${suffix}-2`,
    startedBy: `${suffix}-2`,
    propagateTags: 'TASK_DEFINITION',
    networkConfiguration: {
      awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'], assignPublicIp: 'ENABLED' },
    },
  })
})

test('without security groups the default one of the network is meant', async () => {
  const { aws, launcher } = await launcherOn({ securityGroups: [] })
  await launcher.launch(orderFor(plan, 'long'))
  const network = aws.requests[0]?.input.networkConfiguration as { awsvpcConfiguration: object }
  expect(Object.keys(network.awsvpcConfiguration)).not.toContain('securityGroups')
})

test('a start whose answer was lost starts one task', async () => {
  const { aws, answer } = await answerTo('lose the answer')
  expect(await answer).toEqual({ kind: 'started' })
  expect(aws.requests).toHaveLength(2)
  expect(aws.tasks.size).toBe(1)
})

describe('an answer tells whether something started', () => {
  const failing = (reason: string, detail?: string): Fate => ({ answer: { tasks: [], failures: [{ reason, detail }] } })
  const refusing = (type: string, message = type): Fate => ({ status: 400, type, message })

  test.each([
    ['a throttle', [1, 2, 3].map(() => refusing('ThrottlingException', 'Rate exceeded'))],
    [
      'a throttle of EC2 behind ECS',
      [1, 2, 3].map(() => refusing('InvalidParameterException', 'Request limit exceeded.')),
    ],
    ['no memory', [failing('RESOURCE:MEMORY')]],
    ['an agent that does not answer', [failing('AGENT')]],
    ['no capacity', [failing('Capacity is unavailable at this time. Please try again later')]],
    ['a used-up quota', [failing("You've reached the limit on the number of vCPUs you can run concurrently")]],
    ['a right that is not there yet', [refusing('AccessDeniedException')]],
    [
      'a role that is not there yet',
      [1, 2, 3].map(() => refusing('ClientException', 'ECS was unable to assume the role')),
    ],
  ])('%s: nothing, and it may work later', async (_, fates) => {
    const { aws, answer } = await answerTo(...fates)
    expect(await answer).toMatchObject({ kind: 'refused' })
    expect(aws.tasks.size).toBe(0)
  })

  test.each([
    ['no cluster', refusing('ClusterNotFoundException'), /the cluster of task al-demo_default_long does not exist/],
    ['a wrong parameter', refusing('InvalidParameterException', 'subnet-1 does not exist'), /subnet-1 does not exist/],
    ['no task definition', refusing('ClientException', 'TaskDefinition not found.'), /does not exist; deploy/],
    ['a placement that cannot be', failing('ATTRIBUTE', 'ecs.os-type'), /ATTRIBUTE: ecs.os-type/],
  ])('%s: nothing, and nothing will', async (_, fate, why) => {
    const { aws, answer } = await answerTo(fate)
    expect(await answer).toEqual({ kind: 'failed', why: expect.stringMatching(why) })
    expect(aws.requests).toHaveLength(1)
  })

  test.each([
    ['errors inside ECS', [1, 2, 3].map((): Fate => ({ status: 500, type: 'ServerException' }))],
    ['an answer that names nothing', [{ answer: { tasks: [], failures: [] } } satisfies Fate]],
    ['a token that was used with something else', [1, 2, 3].map(() => refusing('ConflictException'))],
  ])('%s: it cannot tell', async (_, fates) => {
    await expect((await answerTo(...fates)).answer).rejects.toThrow()
  })
})

describe('stopping', () => {
  test('a run that has a container: that task, and no other', async () => {
    const { aws, launcher } = await launcherOn()
    for (const attempt of [1, 2]) await launcher.launch(orderFor(plan, 'long', { attempt }))
    const [container] = arnsOf(aws)
    await launcher.stop(target({ attempt: 2, container, reason: 'x'.repeat(300) }))
    expect(runningIn(aws).map(({ startedBy }) => startedBy)).toEqual([`${suffix}-2`])
    expect(aws.tasks.get(container ?? '')?.stoppedReason).toBe('x'.repeat(255))
  })

  test('a run that nobody has claimed: the tasks of all its attempts, and of no other run', async () => {
    const { aws, launcher } = await launcherOn()
    for (const attempt of [1, 3]) await launcher.launch(orderFor(plan, 'long', { attempt }))
    await launcher.launch(orderFor(plan, 'long', { suffix: 'zzzzzzzzzz0123456789' }))
    await launcher.stop(target({ attempt: 3 }))
    expect(runningIn(aws).map(({ startedBy }) => startedBy)).toEqual(['zzzzzzzzzz0123456789-1'])
  })

  test('what is gone, was never there, or has stopped already, is stopped', async () => {
    const { aws, launcher } = await launcherOn()
    await launcher.stop(target({ attempt: 2 }))
    await launcher.launch(orderFor(plan, 'long'))
    const [container = ''] = arnsOf(aws)
    await launcher.stop(target({ container }))
    await launcher.stop(target({ container }))
    aws.tasks.clear()
    await launcher.stop(target({ container }))
    expect(aws.requests.filter(({ action }) => action === 'ecs:StopTask')).toHaveLength(3)
  })

  test('a container that is no task of this cluster is not asked for by its name', async () => {
    const { aws, launcher } = await launcherOn()
    await launcher.launch(orderFor(plan, 'long'))
    await launcher.stop(target({ container: 'arn:aws:ecs:eu-west-1:123456789012:task/other/0123' }))
    expect(runningIn(aws)).toEqual([])
    expect(JSON.stringify(aws.requests)).not.toContain('task/other')
  })

  test('a stop that is refused throws, so that it is tried again', async () => {
    const { aws, launcher } = await launcherOn()
    await launcher.launch(orderFor(plan, 'long'))
    aws.meet('ecs:StopTask', { status: 400, type: 'AccessDeniedException' })
    await expect(launcher.stop(target({ container: arnsOf(aws)[0] }))).rejects.toThrow()
  })
})

describe('listing', () => {
  const list = async ({ running }: Awaited<ReturnType<typeof launcherOn>>['launcher']) => {
    const found = []
    for await (const { agent, suffix, attempt, compute } of running?.() ?? []) {
      found.push(`${compute} ${agent}-${suffix} ${attempt}`)
    }
    return found
  }
  const suffixes = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(20))

  test('every page of the running tasks of this project, and neither stopped ones nor those of somebody else', async () => {
    const { aws, launcher } = await launcherOn()
    for (const one of suffixes) await launcher.launch(orderFor(plan, 'long', { suffix: one, attempt: 4 }))
    const [first] = arnsOf(aws)
    await launcher.stop(target({ container: first }))
    const [, second] = [...aws.tasks.values()]
    if (second === undefined) throw new Error('no task')
    aws.tasks.set('by-hand', { ...second, taskArn: 'by-hand', startedBy: 'ecs-svc/1' })
    aws.tasks.set('neighbour', { ...second, taskArn: 'neighbour', tags: [{ key: 'al:stack', value: 'al-x_default' }] })
    expect(await list(launcher)).toEqual(suffixes.slice(1).map((one) => `fargate long-${one} 4`))
  })

  test('in a cluster that others use too, only tasks of the given families are looked at', async () => {
    const { aws, launcher } = await launcherOn({ families: ['al-demo_default_long', 'al-demo_default_longer'] })
    await launcher.launch(orderFor(plan, 'long'))
    await launcher.launch(orderFor(plan, 'longer', { suffix: 'b'.repeat(20) }))
    const [first] = [...aws.tasks.values()]
    if (first === undefined) throw new Error('no task')
    aws.tasks.set('neighbour', { ...first, taskArn: 'neighbour', family: 'al-x_default_long' })
    expect(await list(launcher)).toEqual([`fargate long-${suffix} 1`, `fargate longer-${'b'.repeat(20)} 1`])
    const looked = aws.requests.filter(({ action }) => action === 'ecs:DescribeTasks')
    expect(JSON.stringify(looked)).not.toContain('neighbour')
  })
})
