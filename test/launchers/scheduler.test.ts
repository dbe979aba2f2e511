import { ECSClient } from '@aws-sdk/client-ecs'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { decisionsOf } from '../../core/plan/decisions.ts'
import { controlPlane } from '../../core/scheduler/control-plane.ts'
import { parseRunId } from '../../core/scheduler/run.ts'
import { rulesOf, type World } from '../../core/scheduler/world.ts'
import { handleSchedulerEvent } from '../../functions/aws/handle-scheduler-event.ts'
import { mountScheduler } from '../../functions/aws/mount-scheduler.ts'
import { clientSettings } from '../../functions/launchers/aws-requests.ts'
import { fargateLauncher } from '../../functions/launchers/fargate.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import type { FakeAws } from '../support/fake-aws.ts'
import { clientOf, deployedPlan, environmentOf, fakeAwsOf, gatewayUrl, planOf } from './aws-project.ts'

const plan = planOf()

/** An event of ECS as it follows from what the fake knows of a task. */
function stopped({ tasks }: FakeAws, taskArn: string, exitCode: number) {
  const task = tasks.get(taskArn)
  if (task === undefined) throw new Error('no such task')
  task.lastStatus = 'STOPPED'
  return {
    source: 'aws.ecs',
    detail: {
      lastStatus: 'STOPPED',
      taskArn,
      taskDefinitionArn: `arn:aws:ecs:eu-west-1:123456789012:task-definition/${task.family}:7`,
      startedBy: task.startedBy,
      stopCode: 'EssentialContainerExited',
      containers: [{ name: 'agent', exitCode }],
    },
  }
}

describe('the scheduler function, with the real clients', () => {
  beforeEach(() => {
    vi.unstubAllEnvs()
    return () => vi.unstubAllEnvs()
  })

  async function mounted() {
    const aws = await fakeAwsOf(plan)
    const env = { ...environmentOf(plan, aws), AL_LOG_LEVEL: 'error' }
    // The SDK reads the variables of the process itself.
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    return { aws, scheduler: await mountScheduler(deployedPlan(plan), env) }
  }
  const tick = (agent: string) => ({ kind: 'tick', agent, at: `${new Date().toISOString().slice(0, 16)}:00Z` })

  test('asks nobody for anything before the first event, and for one query in a sweep at rest', async () => {
    const { aws, scheduler } = await mounted()
    expect(aws.requests).toEqual([])
    await scheduler({ kind: 'sweep' })
    const asked = aws.requests.map(({ action }) => action)
    // Once an hour it also looks for tasks.
    expect(asked.filter((action) => !action.startsWith('ecs:'))).toEqual(['dynamodb:Query'])
  })

  test('starts what a tick is for, once, however often it is told', async () => {
    const { aws, scheduler } = await mounted()
    const event = tick('short')
    await scheduler(event)
    await scheduler(event)
    expect(aws.launches).toMatchObject([{ compute: 'lambda', resource: 'al-demo_default_short' }])
  })

  test('starts a task again that ended before its claim', async () => {
    const { aws, scheduler } = await mounted()
    await scheduler(tick('long'))
    const [first = ''] = [...aws.tasks.keys()]
    await scheduler(stopped(aws, first, 1))
    const attempts = aws.launches.map((one) => (one.compute === 'fargate' ? one.environment.AL_ATTEMPT : undefined))
    expect(attempts).toEqual(['1', '2'])
  })

  test('is done with the tick of an agent that is no longer there', async () => {
    const { aws, scheduler } = await mounted()
    await scheduler(tick('removed'))
    expect(aws.launches).toEqual([])
  })

  test('fails when the table does, so that the event is told again', async () => {
    const { aws, scheduler } = await mounted()
    const denied = { status: 400, type: 'AccessDeniedException' }
    aws.meet('dynamodb:GetItem', denied, denied)
    aws.meet('dynamodb:Query', denied)
    await expect(scheduler(tick('short'))).rejects.toThrow()
    aws.meet('dynamodb:Query', denied)
    await expect(scheduler({ kind: 'sweep' })).rejects.toThrow()
  })
})

describe('a container that outlives its run', () => {
  /** A scheduler over a memory store, with a clock that a test moves. */
  async function scheduler(start: string) {
    const aws = await fakeAwsOf(plan)
    const time = { now: Date.parse(start) }
    const launcher = fargateLauncher({
      client: new ECSClient({ ...clientOf(aws), ...clientSettings }),
      gatewayUrl,
      cluster: plan.names.prefix,
      subnets: ['subnet-1'],
      securityGroups: [],
      stack: plan.names.prefix,
    })
    const world: World = {
      store: memoryStore(() => time.now),
      launcher,
      rules: rulesOf(decisionsOf(plan)),
      clock: { now: () => time.now, sleep: async () => {} },
      random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
      log: () => {},
    }
    const plane = controlPlane(world)
    const { agents } = decisionsOf(plan)
    const handle = (event: unknown) =>
      handleSchedulerEvent({ plane, agents, clock: world.clock, log: world.log }, event)
    return { aws, time, plane, handle }
  }

  /** A run whose container has claimed it and said how it ended. */
  async function finished({ aws, plane, handle, time }: Awaited<ReturnType<typeof scheduler>>) {
    await handle({ kind: 'tick', agent: 'long', at: new Date(time.now).toISOString() })
    const [launched] = aws.launches
    const [container = ''] = [...aws.tasks.keys()]
    if (launched?.compute !== 'fargate') throw new Error('nothing was launched')
    const { AL_RUN_ID = '', AL_TICKET = '' } = launched.environment
    const ref = parseRunId(AL_RUN_ID)
    if (ref === undefined) throw new Error('no run id')
    const session = 'a'.repeat(64)
    const claimed = await plane.claim({ ...ref, ticket: AL_TICKET, session, container })
    expect(claimed.kind).toBe('granted')
    return { ref, session, container }
  }

  const statusOf = ({ tasks }: FakeAws, container: string) => tasks.get(container)?.lastStatus

  test('is stopped at the next full hour, and not while its run is alive', async () => {
    const one = await scheduler('2026-11-21T10:05:00Z')
    const { ref, container } = await finished(one)
    one.time.now = Date.parse('2026-11-21T11:00:20Z')
    await one.plane.reap()
    expect(statusOf(one.aws, container)).toBe('PENDING')
    await one.plane.containerEnded({ ...ref, attempt: 1, container, code: 1 })
    one.time.now = Date.parse('2026-11-21T11:59:20Z')
    await one.handle({ kind: 'sweep' })
    expect(statusOf(one.aws, container)).toBe('PENDING')
    one.time.now = Date.parse('2026-11-21T12:00:20Z')
    await one.handle({ kind: 'sweep' })
    expect(statusOf(one.aws, container)).toBe('STOPPED')
  })

  test('has two minutes to end by itself', async () => {
    const one = await scheduler('2026-11-21T10:59:00Z')
    const { ref, container } = await finished(one)
    await one.plane.containerEnded({ ...ref, attempt: 1, container, code: 1 })
    one.time.now += 119_000
    expect(await one.plane.reap()).toBe(0)
    one.time.now += 2000
    expect(await one.plane.reap()).toBe(1)
    expect(statusOf(one.aws, container)).toBe('STOPPED')
  })

  test('is stopped also when its run is no longer in the store, and one that cannot be stopped keeps no other', async () => {
    const one = await scheduler('2026-11-21T10:59:00Z')
    const { container } = await finished(one)
    const task = one.aws.tasks.get(container)
    if (task === undefined) throw new Error('no task')
    one.aws.tasks.clear()
    for (const letter of ['x', 'y']) {
      const taskArn = `${task.taskArn}${letter}`
      one.aws.tasks.set(taskArn, { ...task, taskArn, startedBy: `${letter.repeat(20)}-1` })
    }
    one.aws.meet('ecs:StopTask', { status: 400, type: 'AccessDeniedException' })
    expect(await one.plane.reap()).toBe(1)
    expect([...one.aws.tasks.values()].map(({ lastStatus }) => lastStatus).sort()).toEqual(['PENDING', 'STOPPED'])
  })
})
