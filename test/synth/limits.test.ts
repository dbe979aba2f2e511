import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { resourcesOf } from '../../core/plan/targets/aws-sizes.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { region, statementsOf } from '../support/iam.ts'
import {
  agentFiles,
  al,
  type Files,
  model,
  ofType,
  type Resource,
  resourcesIn,
  type Synthesized,
  scratchDirectory,
  synthProject,
  writeProject,
} from '../support/synth-project.ts'

const cloud = (shards?: number) =>
  `[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n${shards === undefined ? '' : `shards = ${shards}\n`}`

describe('a thousand agents', () => {
  const agents: Files = Object.assign(
    {},
    ...Array.from({ length: 1000 }, (_, i) => agentFiles(`agent-${i}`, `schedule = "${i % 60} 6 * * *"\n`)),
  )
  const directory = writeProject({ 'config.toml': model + cloud(), ...agents })

  test('without shards are refused, with the number to set; with that number they fit, with half of it they do not', () => {
    const { code, stderr } = al(['synth', '-p', directory])
    expect(code).toBe(3)
    const [, number] = /cloud\.shards.*\b1000 agents need \d+ resources.*set shards = (\d+)/.exec(stderr) ?? []
    const shards = Number(number)
    expect([2, 4, 8, 16, 32, 64]).toContain(shards)

    const write = (count: number) => writeProject({ 'config.toml': model + cloud(count), ...agents })
    const half = compileProject(projectFiles(write(shards / 2), scratchDirectory()))
    expect(half.ok ? [] : half.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining(`set shards = ${shards}`),
    ])
    const out = join(scratchDirectory(), 'out')
    expect(al(['synth', '-p', write(shards), '-o', out])).toMatchObject({ code: 0 })
    const templates = readdirSync(out).filter((name) => name.endsWith('.template.json'))
    expect(templates).toHaveLength(shards + 1)
    for (const name of templates) expect(statSync(join(out, name)).size, name).toBeLessThanOrEqual(1_000_000)
  })

  test('come to stacks of at most 500 resources each, all of them there', async () => {
    const { plan, templates } = await synthProject(writeProject({ 'config.toml': model + cloud(16), ...agents }))
    const sizes = [...templates.values()].map(({ Resources }) => Object.keys(Resources).length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500)
    const functions = ofType({ templates }, 'AWS::Lambda::Function').map(({ Properties }) => Properties.FunctionName)
    expect(new Set(functions).size).toBe(1000 + 2)
    expect(functions).toEqual(expect.arrayContaining(plan.agents.map(({ resource }) => resource)))
  })
})

test('an agent takes as many resources as the plan counts, whatever it is', async () => {
  const kinds = {
    lambda: 'schedule = "0 6 * * *"\n',
    fargate: 'schedule = "0 6 * * *"\ntimeout = 3600\n',
    either: 'schedule = "0 6 1 * 1"\n',
    'fargate-either': 'schedule = "0 6 1 * 1"\ntimeout = 3600\n',
    webhook: '[[webhooks]]\nsource = "github"\n',
    off: 'scale = 0\nschedule = "0 6 1 * 1"\n',
  }
  const github = '[webhooks.github]\ntype = "github"\ncredential = "acme"\n'
  const { plan, templates } = await synthProject(
    writeProject({
      'config.toml': model + github,
      ...Object.assign({}, ...Object.entries(kinds).map(([name, config]) => agentFiles(name, config))),
    }),
  )
  const ids = Object.keys(templates.get(`${plan.names.stack}-agents-0`)?.Resources ?? {})
  const sum = plan.agents.reduce((total, agent) => total + resourcesOf(agent), 0)
  expect(ids).toHaveLength(sum)
  for (const agent of plan.agents) {
    const start = new RegExp(`^agent${agent.name.replaceAll('-', '')}[A-Z][a-z]+\\d?[0-9A-F]{8}$`)
    expect(
      ids.filter((id) => start.test(id)),
      agent.name,
    ).toHaveLength(resourcesOf(agent))
  }
})

/** Type → the property that names it, how long it may be, and what it may be made of; from each service's API reference. */
const names: Record<string, [property: string, longest: number, pattern: RegExp]> = {
  'AWS::Lambda::Function': ['FunctionName', 64, /^[A-Za-z0-9_-]+$/],
  'AWS::IAM::Role': ['RoleName', 64, /^[\w+=,.@-]+$/],
  'AWS::Scheduler::Schedule': ['Name', 64, /^[0-9A-Za-z_.-]+$/],
  'AWS::Scheduler::ScheduleGroup': ['Name', 64, /^[0-9A-Za-z_.-]+$/],
  'AWS::Logs::LogGroup': ['LogGroupName', 512, /^[.\-_/#A-Za-z0-9]+$/],
  'AWS::SQS::Queue': ['QueueName', 80, /^[A-Za-z0-9_-]+$/],
  'AWS::DynamoDB::Table': ['TableName', 255, /^[A-Za-z0-9_.-]{3,}$/],
  'AWS::ApiGatewayV2::Api': ['Name', 128, /^.+$/],
  'AWS::ECS::Cluster': ['ClusterName', 255, /^[A-Za-z0-9_-]+$/],
  'AWS::ECS::TaskDefinition': ['Family', 255, /^[A-Za-z0-9_-]+$/],
  'AWS::Events::Rule': ['Name', 64, /^[.\-_A-Za-z0-9]+$/],
}
/** The longest description of each type that has one, and what else a service limits. */
const texts: Record<string, [property: string, longest: number][]> = {
  'AWS::Lambda::Function': [['Description', 256]],
  'AWS::IAM::Role': [
    ['Description', 1000],
    ['Path', 512],
  ],
  'AWS::Scheduler::Schedule': [
    ['Description', 512],
    ['ScheduleExpression', 256],
    ['ScheduleExpressionTimezone', 50],
  ],
  'AWS::ApiGatewayV2::Api': [['Description', 1024]],
  'AWS::Events::Rule': [['Description', 512]],
}

function checkNames(synthesized: Synthesized): void {
  for (const [stack, template] of synthesized.templates) {
    expect(stack).toMatch(/^[A-Za-z][A-Za-z0-9-]{0,127}$/)
    expect(JSON.stringify((template as { Description?: string }).Description).length).toBeLessThanOrEqual(1024)
    const outputs = Object.keys(template.Outputs ?? {})
    for (const id of [...Object.keys(template.Resources), ...outputs]) expect(id).toMatch(/^[A-Za-z0-9]{1,255}$/)
  }
  const taken = new Set<string>()
  for (const [id, { Type, Properties }] of resourcesIn(synthesized)) {
    const [property, longest, pattern] = names[Type] ?? []
    if (property !== undefined) {
      const name = String(Properties[property])
      expect(name, id).toMatch(pattern ?? /^$/)
      expect(name.length, `${id} ${name}`).toBeLessThanOrEqual(longest ?? 0)
      expect(taken.has(`${Type} ${name}`), `${id} ${name} is taken`).toBe(false)
      taken.add(`${Type} ${name}`)
    }
    for (const [key, most] of texts[Type] ?? []) {
      expect(String(Properties[key] ?? '').length, `${id} ${key}`).toBeLessThanOrEqual(most)
    }
    if (Type === 'AWS::IAM::Role') expect(policySize({ Type, Properties }), id).toBeLessThanOrEqual(10_240)
  }
}

/** What IAM counts of a role's inline policies: their characters without white space, ARNs filled in. */
function policySize(role: Resource): number {
  const documents = statementsOf(role).map(({ actions, resources, conditions }) => ({
    Effect: 'Allow',
    Action: actions,
    Resource: resources.map((one) => one.replaceAll(region, 'ap-southeast-2').replace('arn:aws:', 'arn:aws-us-gov:')),
    Condition: conditions,
  }))
  return JSON.stringify(documents).length
}

test('names of 63 characters for project, environment and agents stay within every limit, and apart from each other', async () => {
  const long = (letter: string) => letter.repeat(62)
  const environment = `${long('e')}e`
  const files = {
    'config.toml': `projectName = "${long('p')}p"\n${model}[webhooks.${long('w')}]\ntype = "github"\ncredential = "acme"\n`,
    [`environments/${environment}.toml`]: '',
    ...agentFiles(`${long('a')}x`, 'schedule = "0 6 1 * 1"\n'),
    ...agentFiles(`${long('a')}y`, 'schedule = "0 6 1 * 1"\n'),
    ...agentFiles(
      `${long('a')}z`,
      'schedule = "0 6 1 * 1"\ntimezone = "America/Argentina/ComodRivadavia"\ntimeout = 3600\n',
    ),
  }
  checkNames(await synthProject(writeProject(files), { environment }))
})

test('an agent with sixty secrets of one field stays within what a role may say', async () => {
  const instance = 'i'.repeat(60)
  const credentials = Array.from({ length: 59 }, (_, i) => `github_token:${instance}${i}`)
  const config = `credentials = ${JSON.stringify(credentials)}\nschedule = "0 6 * * *"\n`
  const longest = `${model}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\nawsSecretPrefix = "team-a"\n`
  const result = compileProject(
    projectFiles(writeProject({ 'config.toml': longest, ...agentFiles('rich', config) }), scratchDirectory()),
  )
  expect(result.ok ? [] : result.problems).toEqual([])
  checkNames(await synthProject(writeProject({ 'config.toml': longest, ...agentFiles('rich', config) })))
})

test('a long cron line that EventBridge can say does not make a description that it refuses', async () => {
  const line = `${'0,'.repeat(122)}0 6 1 * 1`
  checkNames(
    await synthProject(writeProject({ 'config.toml': model, ...agentFiles('wordy', `schedule = "${line}"\n`) })),
  )
})

test('a shortest project stays above what services require', async () => {
  checkNames(await synthProject(writeProject({ 'config.toml': `projectName = "a"\n${model}`, ...agentFiles('b') })))
})
