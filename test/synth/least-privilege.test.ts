import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { credentialTypes } from '../../core/credentials/types.ts'
import { account, iamMatches, region, statementsOf } from '../support/iam.ts'
import {
  agentFiles,
  model,
  ofType,
  only,
  root,
  synthProject,
  validProjects,
  writeProject,
} from '../support/synth-project.ts'

/** The actions that may stand beside `Resource: *`, because no resource can be named. */
const resourceless: Record<string, string> = {
  'ecr:GetAuthorizationToken': 'a token is for the registry of the account; the action has no resource type',
  'ecs:ListTasks':
    'its only resource type is the container instance, which Fargate has none of; the cluster is a condition',
  'ec2:CreateNetworkInterface': 'Lambda attaches a function to a network with it; the interface does not exist before',
  'ec2:DescribeNetworkInterfaces': 'describing supports no resource',
  'ec2:DescribeSubnets': 'describing supports no resource',
  'ec2:DeleteNetworkInterface': 'the interfaces that Lambda made have no name that is known at synthesis',
  'ec2:AssignPrivateIpAddresses': 'as for deleting',
  'ec2:UnassignPrivateIpAddresses': 'as for deleting',
}

const lambdaNetwork = {
  'config.toml': `${model}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\nlambdaSubnets = ["subnet-0aaa1111bbbb2222c"]\nlambdaSecurityGroups = ["sg-0123456789abcdef0"]\n`,
  ...agentFiles('inside'),
  ...agentFiles('long', 'schedule = "0 6 * * *"\ntimeout = 3600\n'),
}

describe.each([...validProjects, 'functions in a network'])('%s', (project) => {
  const directory = project.includes('/') ? join(root, project) : writeProject(lambdaNetwork)
  const synthesized = synthProject(directory)
  const roles = async () =>
    ofType(await synthesized, 'AWS::IAM::Role').map((role) => ({
      name: String(role.Properties.RoleName),
      path: String(role.Properties.Path),
      statements: statementsOf(role),
    }))

  test('no statement allows every action, or every action of a service', async () => {
    for (const { name, statements } of await roles()) {
      for (const { effect, actions } of statements) {
        expect(effect).toBe('Allow')
        for (const action of actions) expect(action, name).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/)
      }
    }
  })

  test('a resource is * only where the action supports nothing else', async () => {
    for (const { name, statements } of await roles()) {
      for (const { actions, resources } of statements) {
        // A star in place of the service, the region or the account would be as wide.
        const wide = resources.filter((one) => !/^arn:aws:[a-z0-9]+:[a-z0-9-]*:(\d{12})?:[^*]/.test(one))
        if (wide.some((one) => !one.startsWith('arn:aws:bedrock:*::foundation-model/'))) {
          expect(Object.keys(resourceless), name).toEqual(expect.arrayContaining([...actions]))
        }
      }
    }
  })

  test("an agent's role names its own secrets and its own log group, and nothing of another agent", async () => {
    const { plan } = await synthesized
    const found = await roles()
    for (const { name, resource, logs, compute } of plan.agents) {
      if (compute === 'off') {
        expect(found.filter((role) => role.name === resource)).toEqual([])
        continue
      }
      const { statements } = only(found.filter((role) => role.name === resource))
      const arns = (service: string) =>
        statements.flatMap(({ resources }) => resources.filter((one) => one.startsWith(`arn:aws:${service}:`))).sort()
      expect(arns('secretsmanager')).toEqual(
        secretsOf(directory, name).map((id) => `arn:aws:secretsmanager:${region}:${account}:secret:${id}-??????`),
      )
      expect(logs).toBe(`/al/${plan.project}/default/agent/${name}`)
      expect(arns('logs')).toEqual([`arn:aws:logs:${region}:${account}:log-group:${logs}:*`])
      const services = new Set(statements.flatMap(({ actions }) => actions.map((action) => action.split(':')[0])))
      for (const service of services) expect(['secretsmanager', 'logs', 'ecr', 'ec2', 'bedrock']).toContain(service)
    }
  })

  test('there is one role per running agent, one for all schedules, and one per function of the control plane', async () => {
    const { plan } = await synthesized
    const { prefix, rolePath } = plan.names
    const running = plan.agents.filter(({ compute }) => compute !== 'off')
    expect((await roles()).map(({ path, name }) => path + name).sort()).toEqual(
      [
        ...running.map(({ resource }) => `${rolePath}agent/${resource}`),
        ...['gateway', 'scheduler', 'schedules', 'builder'].map((name) => `${rolePath}${prefix}-${name}`),
      ].sort(),
    )
    const assumed = ofType(await synthesized, 'AWS::Scheduler::Schedule').map(({ Properties }) =>
      JSON.stringify((Properties.Target as { RoleArn: unknown }).RoleArn),
    )
    expect(new Set(assumed).size).toBe(1)
  })

  test("a role is passed only to tasks, and only an agent's role", async () => {
    const { plan } = await synthesized
    const passing = (await roles()).flatMap(({ name, statements }) =>
      statements.filter(({ actions }) => actions.includes('iam:PassRole')).map((statement) => ({ name, statement })),
    )
    const tasks = plan.agents.some(({ compute }) => compute === 'fargate')
    expect(passing.map(({ name }) => name)).toEqual(tasks ? [plan.names.gateway, plan.names.scheduler] : [])
    for (const { statement } of passing) {
      expect(statement).toEqual({
        effect: 'Allow',
        actions: ['iam:PassRole'],
        resources: [`arn:aws:iam::${account}:role/al/${plan.project}/default/agent/*`],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      })
    }
  })
})

/** The secrets an agent may read, from what its author wrote. */
function secretsOf(directory: string, agent: string): string[] {
  const read = <T>(path: string) => parse(readFileSync(path, 'utf8')) as T
  const nested = join(directory, 'agents', agent, 'agent-config.toml')
  const own = read<{ credentials?: string[]; model?: { provider?: string } }>(
    existsSync(nested) ? nested : join(directory, agent, 'agent-config.toml'),
  )
  const project = read<{ model: { provider: string }; cloud?: { awsSecretPrefix?: string } }>(
    join(directory, 'config.toml'),
  )
  const key = `${own.model?.provider ?? project.model.provider}_key`
  const references = (own.credentials ?? []).map((text) => text.split(':') as [string, string?])
  if (!references.some(([type]) => type === key)) references.push([key])
  return references
    .flatMap(([type, instance = 'default']) =>
      Object.keys(credentialTypes[type as keyof typeof credentialTypes].fields).map((field) =>
        [project.cloud?.awsSecretPrefix ?? 'action-llama', type, instance, field].join('/'),
      ),
    )
    .sort()
}

test("a secret's pattern matches that secret alone, whatever others are called", async () => {
  const directory = writeProject({
    'config.toml': model,
    ...agentFiles('one', 'schedule = "0 6 * * *"\ncredentials = ["github_token:team"]\n'),
  })
  const { plan } = await synthProject(directory)
  const read = only(plan.agents).permissions.filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))
  const patterns = read.flatMap(({ resources }) => resources.map((one) => one.replace(/^.*:secret:/, '')))
  const reached = (name: string, suffix = 'Ab1Cd2') => patterns.some((one) => iamMatches(one, `${name}-${suffix}`))
  expect(reached('action-llama/github_token/team/token')).toBe(true)
  for (const name of [
    'action-llama/github_token/team/token-abcdef',
    'action-llama/github_token/team/token-??????',
    'action-llama/github_token/team/toke',
    'action-llama/github_token/team-a/token',
    'action-llama/github_token/default/token',
    'x/action-llama/github_token/team/token',
    'action-llama/github_token/team',
  ]) {
    expect(reached(name), name).toBe(false)
  }
})
