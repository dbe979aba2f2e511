import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation'
import { DescribeTaskDefinitionCommand, ECSClient } from '@aws-sdk/client-ecs'
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam'
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMinistack } from '../support/ministack.ts'
import { root } from '../support/synth-project.ts'
import { containerOf, messageOf } from './container.ts'
import {
  account,
  type DeployedProject,
  deployTime,
  type EmulatedAccount,
  emulatedAccount,
  region,
} from './deployed-project.ts'
import { githubDelivery, issue, pullRequest } from './github-delivery.ts'
import type { Launch } from './launch-recorder.ts'

describe.skipIf(noMinistack !== undefined)(`the control plane of acme, deployed ${noMinistack ?? ''}`, () => {
  let cloud: EmulatedAccount
  let acme: DeployedProject
  /** Launches that a test has looked at. */
  let seen = 0

  beforeAll(async () => {
    cloud = await emulatedAccount()
    acme = await cloud.deploy(join(root, 'test/fixtures/acme'))
  }, deployTime)
  afterAll(() => cloud?.stop())

  const deliver = (event: string, payload: object, secret?: string) => githubDelivery(acme, event, payload, secret)
  async function nextLaunch(): Promise<Launch> {
    await expect.poll(() => cloud.launches.length, { timeout: 20_000 }).toBeGreaterThan(seen)
    const launch = cloud.launches[seen++]
    if (launch === undefined) throw new Error('no launch')
    return launch
  }
  const nothingElse = () => expect(cloud.launches.slice(seen).map(({ path, body }) => [path, body])).toEqual([])

  async function physical(type: string): Promise<string[]> {
    const client = new CloudFormationClient(cloud.config)
    const { StackResources = [] } = await client.send(
      new DescribeStackResourcesCommand({ StackName: acme.plan.names.stack }),
    )
    return StackResources.flatMap(({ ResourceType, PhysicalResourceId: id }) =>
      ResourceType === type && id !== undefined ? [id] : [],
    )
  }
  const agent = (name: string) => {
    const found = acme.plan.agents.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no agent ${name}`)
    return found
  }
  /** Ids of the secrets that a role's policies name. */
  async function readableBy(role: string): Promise<string[]> {
    const iam = new IAMClient(cloud.config)
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: role }))
    const documents = await Promise.all(
      PolicyNames.map(async (PolicyName) => {
        const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName }))
        return decodeURIComponent(PolicyDocument)
      }),
    )
    return [...documents.join().matchAll(/:secret:([^"?]+)-\?{6}/g)].map(([, id = '']) => id).sort()
  }

  test('a delivery with a wrong signature starts nothing', async () => {
    expect(await deliver('issues', issue('ready-for-dev'), 'guessed')).toBe(401)
    nothingElse()
  })

  test('a signed delivery ends in a RunTask with the network, the role and the secrets of its agent, and no payload', async () => {
    expect(await deliver('issues', issue('ready-for-dev'))).toBe(200)
    const launch = await nextLaunch()
    nothingElse()
    const { resource, secrets } = agent('dev')
    const { run } = messageOf(launch)
    const suffix = run.slice('dev-'.length)
    expect(launch.kind).toBe('RunTask')
    expect(launch.body).toEqual({
      cluster: acme.plan.names.prefix,
      taskDefinition: resource,
      launchType: 'FARGATE',
      count: 1,
      clientToken: `${suffix}-1`,
      startedBy: `${suffix}-1`,
      propagateTags: 'TASK_DEFINITION',
      networkConfiguration: {
        awsvpcConfiguration: {
          assignPublicIp: 'ENABLED',
          subnets: expect.toSatisfy((ids: string[]) => ids.length > 0),
          securityGroups: await physical('AWS::EC2::SecurityGroup'),
        },
      },
      overrides: { containerOverrides: [{ name: 'agent', environment: expect.any(Array) }] },
    })
    const { networkConfiguration } = launch.body as {
      networkConfiguration: { awsvpcConfiguration: { subnets: string[] } }
    }
    expect(networkConfiguration.awsvpcConfiguration.subnets.toSorted()).toEqual(
      (await physical('AWS::EC2::Subnet')).toSorted(),
    )
    expect(messageOf(launch)).toMatchObject({ gateway: acme.url, attempt: 1 })
    expect(JSON.stringify(launch.body)).not.toContain('Login')

    const { taskDefinition } = await new ECSClient(cloud.config).send(
      new DescribeTaskDefinitionCommand({ taskDefinition: resource }),
    )
    const role = `arn:aws:iam::${account}:role/al/acme/default/agent/${resource}`
    expect(taskDefinition).toMatchObject({ taskRoleArn: role, executionRoleArn: role })
    expect(taskDefinition?.containerDefinitions?.[0]?.secrets ?? []).toEqual([])
    expect(await readableBy(resource)).toEqual(secrets.map(({ id }) => id).sort())

    const container = containerOf(acme, messageOf(launch))
    const claimed = await container.claim(`arn:aws:ecs:${region}:${account}:task/${acme.plan.names.prefix}/t0`)
    expect(claimed.status).toBe(200)
    expect(claimed.body).toMatchObject({ config: { name: 'dev', secrets: expect.any(Array) } })
    expect(JSON.stringify(claimed.body)).toContain('Login')
    expect((await container.finish({ outcome: 'completed' })).status).toBe(200)
  })

  test('a signed delivery ends in an asynchronous Invoke of the function with the role and the secrets of its agent', async () => {
    expect(await deliver('pull_request', pullRequest)).toBe(200)
    const launch = await nextLaunch()
    nothingElse()
    const { resource, secrets } = agent('reviewer')
    expect([launch.kind, launch.path]).toEqual(['Invoke', `/2015-03-31/functions/${resource}/invocations`])
    expect(launch.headers).toMatchObject({ 'x-amz-invocation-type': 'Event' })
    expect(Object.keys(launch.body).sort()).toEqual(['attempt', 'gateway', 'run', 'source', 'ticket'])
    expect(messageOf(launch)).toMatchObject({ gateway: acme.url, attempt: 1 })
    const found = await new LambdaClient(cloud.config).send(
      new GetFunctionConfigurationCommand({ FunctionName: resource }),
    )
    expect(found.Role).toBe(`arn:aws:iam::${account}:role/al/acme/default/agent/${resource}`)
    expect(found.Environment?.Variables ?? {}).toEqual({})
    expect(await readableBy(resource)).toEqual(secrets.map(({ id }) => id).sort())
    await containerOf(acme, messageOf(launch)).claim('request-reviewer')
  })

  test("a run's own end frees its slot: what has waited starts", async () => {
    expect(await deliver('issues', issue('plan'))).toBe(200)
    const first = messageOf(await nextLaunch())
    expect(await deliver('issues', issue('plan'))).toBe(200)
    const container = containerOf(acme, first)
    expect((await container.claim('request-planner')).status).toBe(200)
    nothingElse()
    expect((await container.finish({ outcome: 'completed' })).status).toBe(200)
    const second = messageOf(await nextLaunch())
    expect(second.run).toMatch(/^planner-/)
    expect(second.run).not.toBe(first.run)
    await containerOf(acme, second).claim('request-planner-2')
    await containerOf(acme, second).finish({ outcome: 'completed' })
  })

  test('the end of a task, as ECS tells it, matches the rule and frees its slot', async () => {
    for (let i = 0; i < 4; i++) expect(await deliver('issues', issue('ready-for-dev'))).toBe(200)
    const first = await nextLaunch()
    for (let i = 1; i < 4; i++) await nextLaunch()
    expect(await deliver('issues', issue('ready-for-dev'))).toBe(200)
    nothingElse()

    const { run } = messageOf(first)
    const arn = `arn:aws:ecs:${region}:${account}:task/${acme.plan.names.prefix}/t1`
    await containerOf(acme, messageOf(first)).claim(arn)
    const event = stopped(arn, `${run.slice('dev-'.length)}-1`, agent('dev').resource)
    const { EventPattern, Targets } = await rule(`${acme.plan.names.prefix}-task-stopped`)
    expect((await events('TestEventPattern', { EventPattern, Event: JSON.stringify(event) })).Result).toBe(true)
    const ofOthers = stopped(arn, 'x', 'al-acme-corp_default_dev')
    expect((await events('TestEventPattern', { EventPattern, Event: JSON.stringify(ofOthers) })).Result).toBe(false)
    expect(Targets).toEqual([expect.stringMatching(`:function:${acme.plan.names.scheduler}$`)])

    await new LambdaClient(cloud.config).send(
      new InvokeCommand({
        FunctionName: acme.plan.names.scheduler,
        InvocationType: 'Event',
        Payload: JSON.stringify(event),
      }),
    )
    const next = await nextLaunch()
    expect(next.kind).toBe('RunTask')
    expect(messageOf(next).run).toMatch(/^dev-/)
  })

  async function rule(Name: string): Promise<{ readonly EventPattern: string; readonly Targets: readonly string[] }> {
    const { EventPattern } = await events('DescribeRule', { Name })
    const { Targets } = await events('ListTargetsByRule', { Rule: Name })
    return { EventPattern: String(EventPattern), Targets: (Targets as { Arn: string }[]).map(({ Arn }) => Arn) }
  }
  /** EventBridge, whose client is no part of this repository: its JSON protocol is a POST. */
  async function events(operation: string, input: object): Promise<Readonly<Record<string, unknown>>> {
    const scope = `Credential=test/20261121/${region}/events/aws4_request`
    const response = await fetch(cloud.config.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSEvents.${operation}`,
        authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none`,
      },
      body: JSON.stringify(input),
    })
    return (await response.json()) as Readonly<Record<string, unknown>>
  }

  /** As in the ECS developer guide. */
  const stopped = (taskArn: string, startedBy: string, family: string) => ({
    version: '0',
    id: randomUUID(),
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account,
    time: new Date().toISOString(),
    region,
    resources: [taskArn],
    detail: {
      clusterArn: `arn:aws:ecs:${region}:${account}:cluster/${acme.plan.names.prefix}`,
      taskArn,
      taskDefinitionArn: `arn:aws:ecs:${region}:${account}:task-definition/${family}:1`,
      startedBy,
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'agent', lastStatus: 'STOPPED', exitCode: 1 }],
    },
  })
})
