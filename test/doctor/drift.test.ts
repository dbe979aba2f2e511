import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ECSClient, ListTaskDefinitionsCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs'
import {
  AttachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cloud, cloudProject, openCloud } from '../deploy/cloud.ts'
import { noMinistack } from '../support/ministack.ts'
import { agentFiles } from '../support/synth-project.ts'

if (noMinistack !== undefined) console.warn(`test/doctor: skipped: ${noMinistack}`)

interface Drift {
  readonly resource: string
  readonly differences: readonly { readonly what: string; readonly expected: string; readonly found: string }[]
}

/** Each test changes something behind the project's back, and leaves it as the doctor has put it. */
describe.skipIf(noMinistack !== undefined)('what was deployed', { timeout: 600_000 }, () => {
  let cloud: Cloud
  const quick = 'schedule = "*/5 * * * *"\n'
  const slow = 'timeout = 3600\nschedule = "0 6 * * *"\n'
  const project = cloudProject('drift', {
    ...agentFiles('quick', `scale = 0\n${quick}`),
    ...agentFiles('slow', `scale = 0\n${slow}`),
  })
  const write = (agent: string, text: string) =>
    writeFileSync(join(project, 'agents', agent, 'agent-config.toml'), text)
  const doctor = async (...args: string[]) => {
    const { code, stdout, stderr } = await cloud.al(['doctor', '-c', '-p', project, '--json', ...args])
    expect(stdout + stderr).not.toContain('canary')
    const report = stdout === '' ? undefined : JSON.parse(stdout)
    return { code, stderr, report, drift: (report?.drift ?? []) as Drift[] }
  }
  /** What is told of one resource, as one text. */
  const told = (drift: readonly Drift[], resource: string) =>
    (drift.find((one) => one.resource === resource)?.differences ?? [])
      .map(({ what, expected, found }) => `${what}: ${expected} | ${found}`)
      .join('\n')
  const putsRight = async () => {
    expect((await doctor('--yes')).code).toBe(0)
    const again = await doctor('--check')
    expect(again.drift).toEqual([])
    expect(again.code).toBe(0)
  }

  beforeAll(async () => {
    cloud = await openCloud()
    const first = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(first.code, first.stderr).toBe(0)
    write('quick', quick)
    write('slow', slow)
    await cloud.pushImages(project)
    const second = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(second.code, second.stderr).toBe(0)
  }, 600_000)
  afterAll(async () => {
    await cloud?.stop()
  })

  test('is as the plan says right after a deploy', async () => {
    const { code, drift, report, stderr } = await doctor('--check')
    expect(drift, stderr).toEqual([])
    expect(report).toMatchObject({ deployed: true, waiting: [], busy: [] })
    expect(code).toBe(0)
  })

  test('a role that was given more is shown line by line, and gets its planned policy back', async () => {
    const iam = new IAMClient(cloud.client)
    const RoleName = 'al-drift_default_quick'
    const policyOf = async () => {
      const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'own' }))
      return JSON.parse(decodeURIComponent(PolicyDocument))
    }
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }))
    const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))
    const planned = await policyOf()
    const [first, ...others] = planned.Statement
    const widened = { ...first, Resource: '*' }
    const extra = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
    const put = (PolicyName: string, Statement: unknown) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName,
          PolicyName,
          PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
        }),
      )
    await put('own', [widened, ...others, extra])
    await put('more', [extra])
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }))
    const open = structuredClone(trust)
    open.Statement[0].Principal = { AWS: '*' }
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(open) }))

    const { code, drift } = await doctor('--check')
    expect(code).toBe(5)
    const lines = told(drift, `role ${RoleName}`)
    expect(lines).toContain('policy own, statement: (none) | Allow s3:* on *')
    expect(lines).toMatch(/policy own, [^\n]*: resource: arn:aws:[^\n]* \| \*/)
    expect(lines).toContain('inline policy: (none) | more')
    expect(lines).toContain('attached policy: (none) | arn:aws:iam::aws:policy/AdministratorAccess')
    expect(lines).toContain('trust, sts:AssumeRole: principal: {"Service":"lambda.amazonaws.com"} | {"AWS":"*"}')
    expect(drift).toHaveLength(1)
    // A look changes nothing.
    expect((await policyOf()).Statement).toHaveLength(planned.Statement.length + 1)

    await putsRight()
    expect(await policyOf()).toEqual(planned)
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['own'])
    expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([])
  })

  test('a schedule that was disabled and moved fires again when it should', async () => {
    const scheduler = new SchedulerClient(cloud.client)
    const name = { Name: 'quick', GroupName: 'al-drift_default' }
    const before = await scheduler.send(new GetScheduleCommand(name))
    await scheduler.send(
      new UpdateScheduleCommand({
        ...name,
        FlexibleTimeWindow: before.FlexibleTimeWindow,
        Target: before.Target,
        ScheduleExpression: 'rate(1 hour)',
        ScheduleExpressionTimezone: 'Europe/Berlin',
        State: 'DISABLED',
      }),
    )
    const { drift } = await doctor('--check')
    const lines = told(drift, 'schedule al-drift_default/quick')
    expect(lines).toContain(`ScheduleExpression: ${before.ScheduleExpression} | rate(1 hour)`)
    expect(lines).toContain('ScheduleExpressionTimezone: UTC | Europe/Berlin')
    expect(lines).toContain('State: ENABLED | DISABLED')
    await putsRight()
    const { ScheduleExpression, State, Target } = await scheduler.send(new GetScheduleCommand(name))
    expect({ ScheduleExpression, State, Target }).toEqual({
      ScheduleExpression: before.ScheduleExpression,
      State: 'ENABLED',
      Target: before.Target,
    })
  })

  test("a function's size, time and variables come back, and no value of a variable is shown", async () => {
    const lambda = new LambdaClient(cloud.client)
    const read = (FunctionName: string) => lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
    const agent = await read('al-drift_default_quick')
    const gateway = await read('al-drift_default-gateway')
    const change = (input: ConstructorParameters<typeof UpdateFunctionConfigurationCommand>[0]) =>
      lambda.send(new UpdateFunctionConfigurationCommand(input))
    await change({ FunctionName: 'al-drift_default_quick', MemorySize: 512, Timeout: 3 })
    const variables = { ...gateway.Environment?.Variables, AL_TABLE: 'canary-table', EXTRA: 'canary-extra' }
    await change({ FunctionName: 'al-drift_default-gateway', Environment: { Variables: variables } })

    const { drift } = await doctor('--check')
    expect(told(drift, 'function al-drift_default_quick')).toBe(
      `MemorySize: ${agent.MemorySize} | 512\nTimeout: ${agent.Timeout} | 3`,
    )
    expect(told(drift, 'function al-drift_default-gateway')).toBe(
      'variable AL_TABLE: as planned | another value\nvariable EXTRA: (none) | is set',
    )
    await putsRight()
    expect(await read('al-drift_default_quick')).toMatchObject({ MemorySize: agent.MemorySize, Timeout: agent.Timeout })
    expect((await read('al-drift_default-gateway')).Environment).toEqual(gateway.Environment)
  })

  test('a revision of a task definition that no deploy has made is taken back', async () => {
    const ecs = new ECSClient(cloud.client)
    const family = 'al-drift_default_slow'
    const active = async () =>
      (await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: family }))).taskDefinitionArns
    const before = await active()
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family, cpu: '256', memory: '512', networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] },
        taskRoleArn: 'arn:aws:iam::000000000000:role/admin',
        containerDefinitions: [{ name: 'agent', image: 'evil' }],
      }),
    )
    const { drift } = await doctor('--check')
    const lines = told(drift, `task definition ${family}`)
    expect(lines).toContain('newest revision: 1 | 2')
    expect(lines).toContain('| arn:aws:iam::000000000000:role/admin')
    expect(lines).toContain('| evil')
    await putsRight()
    expect(await active()).toEqual(before)
  })

  test('a change of the project waits for a deploy, and is no drift', async () => {
    write('quick', quick.replace('*/5', '*/10'))
    const { code, drift, report } = await doctor('--check')
    expect(drift).toEqual([])
    expect(report.waiting).toContain('agent quick: Schedule1 (changed in the project)')
    expect(code).toBe(0)
    write('quick', quick)
  })

  test('what was removed is named, and what it says brings it back', async () => {
    await new SchedulerClient(cloud.client).send(
      new DeleteScheduleCommand({ Name: 'quick', GroupName: 'al-drift_default' }),
    )
    const { code, drift, report } = await doctor('--yes')
    expect(told(drift, 'schedule al-drift_default/quick')).toMatch(/there, as a part of stack .* \| removed/)
    expect(report.drift[0].advice).toContain('set scale = 0 for agent quick')
    expect(report.done).toEqual([])
    expect(code).toBe(5)
    for (const config of [`scale = 0\n${quick}`, quick]) {
      write('quick', config)
      const { code: deployed, stderr } = await cloud.al(['deploy', '-p', project, '--yes', '--now'])
      expect(deployed, stderr).toBe(0)
    }
    expect((await doctor('--check')).code).toBe(0)
  })
})
