import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  agentFiles,
  model,
  ofType,
  only,
  type Properties,
  root,
  synthProject,
  writeProject,
} from '../support/synth-project.ts'

const acme = synthProject(join(root, 'test/fixtures/acme'))
const given = synthProject(join(root, 'test/fixtures/root-layout'))
const fields = async (of: typeof acme, type: string) => ofType(await of, type).map(({ Properties }) => Properties)
const named = (list: readonly Properties[], key: string, name: string): Properties =>
  only(list.filter((one) => one[key] === name))

const cloud = (more = '') => `${model}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n${more}`
const synth = (files: Record<string, string>) => synthProject(writeProject(files))

describe('agents that are functions', () => {
  test('Lambda starts them once, and not a minute late', async () => {
    const { templates, plan } = await acme
    const agents = plan.agents.filter(({ compute }) => compute === 'lambda')
    const settings = ofType({ templates }, 'AWS::Lambda::EventInvokeConfig').filter(
      ({ Properties }) => Properties.DestinationConfig === undefined,
    )
    expect(settings).toHaveLength(agents.length)
    for (const { Properties } of settings) {
      expect(Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60, Qualifier: '$LATEST' })
    }
  })

  test.each([
    [60, 120, 60],
    [800, 860, 800],
    [860, 900, 860],
    [900, 900, 870],
  ])('a timeout of %i s gives the function %i s and the work %i s', async (timeout, limit, work) => {
    const { plan, templates } = await synth({
      'config.toml': model,
      ...agentFiles('a', `timeout = ${timeout}\nschedule = "0 6 * * *"\n`),
    })
    expect(only(plan.agents)).toMatchObject({ limitSeconds: limit, timeoutSeconds: work })
    const functions = ofType({ templates }, 'AWS::Lambda::Function').map(({ Properties }) => Properties)
    expect(named(functions, 'FunctionName', 'al-demo_default_a')).toMatchObject({
      PackageType: 'Image',
      Timeout: limit,
      MemorySize: 2048,
      EphemeralStorage: { Size: 2048 },
      Architectures: ['x86_64'],
      LoggingConfig: { LogGroup: '/al/demo/default/agent/a' },
    })
  })

  test('run in the given network, with the rights to join it, and nowhere else', async () => {
    const network = 'lambdaSubnets = ["subnet-0aaa1111bbbb2222c"]\nlambdaSecurityGroups = ["sg-0123456789abcdef0"]\n'
    const inside = await synth({ 'config.toml': cloud(network), ...agentFiles('a') })
    const functions = ofType(inside, 'AWS::Lambda::Function').map(({ Properties }) => Properties)
    expect(named(functions, 'FunctionName', 'al-demo_default_a').VpcConfig).toEqual({
      SubnetIds: ['subnet-0aaa1111bbbb2222c'],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    })
    const roles = ofType(inside, 'AWS::IAM::Role').map(({ Properties }) => Properties)
    expect(JSON.stringify(named(roles, 'RoleName', 'al-demo_default_a'))).toContain('ec2:CreateNetworkInterface')
    expect(ofType(inside, 'AWS::EC2::VPC')).toEqual([])
    for (const one of await fields(acme, 'AWS::Lambda::Function')) expect(one.VpcConfig).toBeUndefined()
  })
})

test('a task has a read-only root, no capabilities, no root user, room in /tmp, and one role for all', async () => {
  const task = only(await fields(acme, 'AWS::ECS::TaskDefinition'))
  expect(task).toMatchObject({
    Family: 'al-acme_default_dev',
    NetworkMode: 'awsvpc',
    RequiresCompatibilities: ['FARGATE'],
    RuntimePlatform: { CpuArchitecture: 'X86_64', OperatingSystemFamily: 'LINUX' },
    Volumes: [{ Name: 'tmp' }],
  })
  expect(task.ExecutionRoleArn).toEqual(task.TaskRoleArn)
  expect(only(task.ContainerDefinitions as Properties[])).toMatchObject({
    ReadonlyRootFilesystem: true,
    User: '1000:1000',
    LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    MountPoints: [{ ContainerPath: '/tmp', SourceVolume: 'tmp', ReadOnly: false }],
    LogConfiguration: { LogDriver: 'awslogs', Options: { 'awslogs-group': '/al/acme/default/agent/dev' } },
  })
})

describe('schedules', () => {
  test('carry the time zone and the scheduled time, try for five minutes, and end in the dead-letter queue', async () => {
    const { plan } = await acme
    const schedules = await fields(acme, 'AWS::Scheduler::Schedule')
    for (const agent of plan.agents) {
      for (const { name, expression, timezone } of agent.schedules) {
        const { Target, ...schedule } = named(schedules, 'Name', name)
        expect(schedule).toMatchObject({
          GroupName: plan.names.prefix,
          ScheduleExpression: expression,
          ScheduleExpressionTimezone: timezone,
          FlexibleTimeWindow: { Mode: 'OFF' },
        })
        const target = Target as { Input: string; DeadLetterConfig: { Arn: unknown } }
        expect(target).toMatchObject({ RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 300 } })
        expect(JSON.parse(target.Input)).toEqual({
          kind: 'tick',
          agent: agent.name,
          at: '<aws.scheduler.scheduled-time>',
        })
        expect(JSON.stringify(target.DeadLetterConfig.Arn)).toContain(`:${plan.names.prefix}-dead-letters"`)
      }
    }
    expect(schedules).toHaveLength(plan.agents.flatMap((agent) => agent.schedules).length + 1)
  })

  test('the sweep comes every minute', async () => {
    const sweep = named(await fields(acme, 'AWS::Scheduler::Schedule'), 'Name', '_sweep')
    expect(sweep.ScheduleExpression).toBe('rate(1 minute)')
    expect(JSON.parse((sweep.Target as { Input: string }).Input)).toEqual({ kind: 'sweep' })
  })

  test('a line with day of month and day of week becomes two, of the same agent and scheduled time', async () => {
    const config = 'schedule = "15 9 1 * mon"\ntimezone = "Europe/Berlin"\n'
    const { templates } = await synth({ 'config.toml': model, ...agentFiles('both', config) })
    const own = ofType({ templates }, 'AWS::Scheduler::Schedule').filter(
      ({ Properties }) => Properties.Name !== '_sweep',
    )
    expect(own.map(({ Properties }) => [Properties.Name, Properties.ScheduleExpression])).toEqual([
      ['both.1', 'cron(15 9 1 * ? *)'],
      ['both.2', 'cron(15 9 ? * 2 *)'],
    ])
    expect(new Set(own.map(({ Properties }) => (Properties.Target as { Input: string }).Input)).size).toBe(1)
    for (const { Properties } of own) expect(Properties.ScheduleExpressionTimezone).toBe('Europe/Berlin')
  })
})

describe('state', () => {
  const table = {
    BillingMode: 'PAY_PER_REQUEST',
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  }
  test('is billed by request, expires, can be restored, and outlives its stack', async () => {
    const { Properties, ...rest } = only(ofType(await acme, 'AWS::DynamoDB::Table'))
    expect(Properties).toMatchObject({ ...table, DeletionProtectionEnabled: true })
    expect(rest).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
  })

  test('goes with its stack when the project is disposable', async () => {
    const disposable = await synth({ 'config.toml': cloud('disposable = true\n'), ...agentFiles('a') })
    const { Properties, ...rest } = only(ofType(disposable, 'AWS::DynamoDB::Table'))
    expect(Properties).toMatchObject({ ...table, DeletionProtectionEnabled: false })
    expect(rest).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' })
  })
})

test('the gateway and the scheduler are small functions on arm64 and Node 24', async () => {
  const { plan } = await acme
  const functions = await fields(acme, 'AWS::Lambda::Function')
  for (const name of [plan.names.gateway, plan.names.scheduler]) {
    expect(named(functions, 'FunctionName', name)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 30,
    })
  }
  expect(only(await fields(acme, 'AWS::ApiGatewayV2::Route'))).toMatchObject({ RouteKey: '$default' })
})

describe('where agents run and what they run as is taken from the project', () => {
  test('cluster, subnets, security groups, repository and secret prefix that are given are used, and none made', async () => {
    const { templates, plan } = await given
    for (const type of ['AWS::ECS::Cluster', 'AWS::EC2::VPC', 'AWS::EC2::Subnet', 'AWS::EC2::SecurityGroup']) {
      expect(ofType({ templates }, type), type).toEqual([])
    }
    expect(ofType({ templates }, 'AWS::ECR::Repository')).toEqual([])
    const functions = await fields(given, 'AWS::Lambda::Function')
    const { Environment } = named(functions, 'FunctionName', plan.names.gateway)
    expect(Environment).toMatchObject({
      Variables: {
        AL_CLUSTER: 'shared-cluster',
        AL_SUBNETS: 'subnet-0aaa1111bbbb2222c,subnet-0ddd3333eeee4444f',
        AL_SECURITY_GROUPS: 'sg-0123456789abcdef0',
      },
    })
    const task = only(await fields(given, 'AWS::ECS::TaskDefinition'))
    const { Image } = only(task.ContainerDefinitions as Properties[])
    expect(JSON.stringify(Image)).toMatch(
      /"123456789012\.dkr\.ecr\.us-east-1\.\$\{AWS::URLSuffix\}\/agents:[0-9a-f]{64}"/,
    )
    const policies = JSON.stringify(await fields(given, 'AWS::IAM::Role'))
    expect(policies).toContain(':ecr:us-east-1:123456789012:repository/agents"')
    expect(policies).not.toContain('cdk-hnb659fds-container-assets')
    expect(policies).toContain(':secret:team-a/github_token/bot-one/token-??????')
    expect(policies).not.toContain('secret:action-llama/')
    expect(JSON.stringify(await fields(given, 'AWS::Events::Rule'))).toContain('cluster/shared-cluster')
  })

  test('without a task there is no cluster, no network, and no rule that waits for the end of one', async () => {
    const { templates } = await synth({ 'config.toml': model, ...agentFiles('a') })
    const types = new Set(
      [...templates.values()].flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type)),
    )
    expect([...types].filter((type) => /::(EC2|ECS|Events)::/.test(type))).toEqual([])
  })

  test('the network made for tasks is public without an inbound rule, and has nothing that costs at rest', async () => {
    const { templates } = await acme
    expect(only(ofType({ templates }, 'AWS::EC2::SecurityGroup')).Properties.SecurityGroupIngress).toBeUndefined()
    for (const type of ['NatGateway', 'EIP', 'VPCEndpoint', 'SecurityGroupIngress']) {
      expect(ofType({ templates }, `AWS::EC2::${type}`), type).toEqual([])
    }
    expect(only(ofType({ templates }, 'AWS::EC2::Route')).DependsOn).toEqual([
      expect.stringMatching(/^NetworkAttachment/),
    ])
  })

  test('an agent with scale 0 has no resources', async () => {
    const { templates, plan } = await synth({
      'config.toml': model,
      ...agentFiles('on'),
      ...agentFiles('parked', 'scale = 0\n'),
    })
    expect(plan.agents.map(({ name, compute }) => `${name} ${compute}`)).toEqual(['on lambda', 'parked off'])
    expect(JSON.stringify([...templates])).not.toContain('parked')
  })

  test('without [cloud] the templates fit every account and region', async () => {
    const { templates, plan } = await synthProject(join(root, 'test/fixtures/laptop'))
    expect(plan.target).toMatchObject({ assumed: true, provider: 'aws' })
    const text = JSON.stringify([...templates])
    expect(text).not.toMatch(/\b\d{12}\b/)
    expect(text).not.toMatch(/\b(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d\b/)
    expect(text).not.toMatch(/arn:aws:/)
  })
})
