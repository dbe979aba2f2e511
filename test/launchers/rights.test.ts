import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Plan, Statement } from '../../core/plan/schema.ts'
import { type ControlPlane, controlPlane } from '../../core/scheduler/control-plane.ts'
import { parseRunId } from '../../core/scheduler/run.ts'
import type { World } from '../../core/scheduler/world.ts'
import { awsWorld } from '../../functions/aws/aws-world.ts'
import { readDeployment } from '../../functions/aws/deployment.ts'
import { secretsManager } from '../../functions/aws/secrets-manager.ts'
import type { FakeAws } from '../support/fake-aws.ts'
import { type Allow, allows, resolveText } from '../support/iam.ts'
import { agentFiles, type Files, model } from '../support/synth-project.ts'
import { bothKinds, deployedPlan, environmentOf, fakeAwsOf, planOf } from './aws-project.ts'

/** What the platform does in the name of a function's role. */
const byThePlatform: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': 'Lambda, for what a function prints',
  'logs:PutLogEvents': 'the same',
  'sqs:SendMessage': 'Lambda, for an event that failed to the end',
}

const cloud = (more: string) => `${model}\n[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n${more}`
const projects: Readonly<Record<string, Files>> = {
  'functions and tasks': bothKinds,
  'functions alone': { 'config.toml': cloud(''), ...agentFiles('short', 'schedule = "* * * * *"\n') },
  'tasks alone, in a cluster that others use too': {
    'config.toml': cloud('ecsCluster = "shared"\nsubnets = ["subnet-0aaa1111bbbb2222c"]\n'),
    ...agentFiles('long', 'schedule = "* * * * *"\ntimeout = 3600\n'),
  },
}

const inOneAccount = (statements: readonly Statement[]): Allow[] => {
  const resolve = (text: string) => resolveText({ 'Fn::Sub': text })
  return statements.map(({ actions, resources, conditions = {} }) => ({
    effect: 'Allow',
    actions,
    resources: resources.map(resolve),
    conditions: Object.fromEntries(
      Object.entries(conditions).map(([operator, tests]) => [
        operator,
        Object.fromEntries(Object.entries(tests).map(([key, value]) => [key, resolve(value)])),
      ]),
    ),
  }))
}

/** The life of a run of an agent, as both functions may have to see it through. */
async function lifeOf(plane: ControlPlane, agent: string, aws: FakeAws): Promise<void> {
  const start = async () => {
    const answer = await plane.trigger({ agent, trigger: { kind: 'manual' }, input: '"go"', whenBusy: 'queue' })
    const ref = 'run' in answer && answer.run !== undefined ? parseRunId(answer.run) : undefined
    if (ref === undefined) throw new Error(`${agent}: ${answer.kind}`)
    return ref
  }
  await plane.kill(await start())
  const ref = await start()
  const { ticket, container } = ticketOf(aws)
  expect(await plane.claim({ ...ref, ticket, session: 'a'.repeat(64), container })).toMatchObject({ kind: 'granted' })
  await plane.kill(ref)
  await plane.containerEnded({ ...ref, attempt: 1, container: container ?? '', code: 1 })
  await plane.sweep()
}

function ticketOf({ launches, tasks }: FakeAws): { ticket: string; container?: string } {
  const last = launches.at(-1)
  if (last === undefined) throw new Error('nothing was launched')
  if (last.compute === 'lambda') return { ticket: (last.payload as { ticket: string }).ticket }
  return { ticket: last.environment.AL_TICKET ?? '', container: [...tasks.keys()].at(-1) }
}

describe.each(Object.keys(projects))('%s', (name) => {
  const plan = planOf(projects[name])
  beforeEach(() => () => vi.unstubAllEnvs())

  const roles: Record<'gateway' | 'scheduler', (world: World, plane: ControlPlane, aws: FakeAws) => Promise<void>> = {
    async gateway({ log }) {
      for (const { id } of plan.gateway.secrets) await secretsManager(log)(id)
    },
    async scheduler(_, plane) {
      const [{ name: agent = '' } = {}] = plan.agents
      await plane.trigger({ agent, trigger: { kind: 'manual' }, whenBusy: 'queue' })
      await plane.reap()
    },
  }

  test.each(['gateway', 'scheduler'] as const)('the %s may do what it does, and nothing else', async (role) => {
    const aws = await fakeAwsOf(plan)
    const env = environmentOf(plan, aws)
    for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value)
    for (const { id } of plan.gateway.secrets) aws.secrets.set(id, 'value')
    const world = awsWorld(await readDeployment(deployedPlan(plan), env), () => {})
    const plane = controlPlane(world)
    for (const agent of plan.agents) await lifeOf(plane, agent.name, aws)
    await roles[role](world, plane, aws)

    const statements = inOneAccount(plan[role].permissions)
    for (const { action, resource, context } of aws.rights) {
      expect(allows(statements, action, resource, context), `${action} ${resource} ${JSON.stringify(context)}`).toBe(
        true,
      )
    }
    const used = new Set(aws.rights.map(({ action }) => action))
    const granted = statements.flatMap(({ actions }) => actions)
    expect(granted.filter((action) => !used.has(action) && !(action in byThePlatform))).toEqual([])
  })

  test('a task of somebody else is out of reach, in whatever cluster', () => {
    const cluster = plan.cluster?.name ?? plan.names.prefix
    const theirs = `arn:aws:ecs:eu-west-1:123456789012:task/${cluster}/0123`
    const others = { 'aws:ResourceTag/al:stack': 'al-other_default' }
    const elsewhere = { 'ecs:cluster': 'arn:aws:ecs:eu-west-1:123456789012:cluster/other' }
    for (const { permissions } of [plan.gateway, plan.scheduler] satisfies Pick<Plan['gateway'], 'permissions'>[]) {
      const statements = inOneAccount(permissions)
      for (const action of ['ecs:StopTask', 'ecs:DescribeTasks']) {
        expect(allows(statements, action, theirs, others)).toBe(false)
        expect(allows(statements, action, theirs, {})).toBe(false)
      }
      expect(allows(statements, 'ecs:ListTasks', '*', elsewhere)).toBe(false)
    }
  })
})
