import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { decisionsOf } from '../../core/plan/decisions.ts'
import { buildApp } from '../../infra/aws/build-app.ts'
import { projectFiles } from '../../infra/project-files.ts'
import {
  agentFiles,
  type Files,
  model,
  ofType,
  only,
  resourcesIn,
  scratchDirectory,
  synthProject,
  writeProject,
} from '../support/synth-project.ts'

const cloud = (keys: string): Files => ({
  ...agentFiles('dev'),
  ...agentFiles('long', 'schedule = "0 6 * * *"\ntimeout = 3600\n'),
  'config.toml': `${model}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n${keys}`,
})
const watched = cloud('alarmEmail = "ops@example.com"\ndashboard = true\nlogRetentionDays = 7\n')
const hasLint = spawnSync('cfn-lint', ['--version']).status === 0

test('what costs at rest is there only for who asked for it', async () => {
  const plain = await synthProject(writeProject(cloud('')))
  const types = resourcesIn(plain).map(([, { Type }]) => Type)
  expect(types.filter((type) => /CloudWatch|SNS/.test(type))).toEqual([])
  expect(decisionsOf(plain.plan)).not.toHaveProperty('metrics')
  const opted = await synthProject(writeProject(watched))
  expect(ofType(opted, 'AWS::CloudWatch::Alarm')).toHaveLength(2)
  expect(ofType(opted, 'AWS::CloudWatch::Dashboard')).toHaveLength(1)
})

test('each log group keeps its lines for as long as the project says', async () => {
  for (const [files, days] of [
    [cloud(''), 30],
    [watched, 7],
  ] as const) {
    const groups = ofType(await synthProject(writeProject(files)), 'AWS::Logs::LogGroup')
    expect(groups.length).toBeGreaterThanOrEqual(5)
    expect(new Set(groups.map(({ Properties }) => Properties.RetentionInDays))).toEqual(new Set([days]))
  }
})

test('alarms look at the queue and the metric that there are, and mail to who was named', async () => {
  const synthesized = await synthProject(writeProject(watched))
  const { Properties: topic } = only(ofType(synthesized, 'AWS::SNS::Topic'))
  expect(topic.Subscription).toEqual([{ Protocol: 'email', Endpoint: 'ops@example.com' }])
  const queue = only(ofType(synthesized, 'AWS::SQS::Queue')).Properties.QueueName
  const alarms = ofType(synthesized, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties)
  expect(alarms).toEqual([
    expect.objectContaining({
      Namespace: 'AWS/SQS',
      Dimensions: [{ Name: 'QueueName', Value: queue }],
      TreatMissingData: 'notBreaching',
    }),
    expect.objectContaining({
      Namespace: 'ActionLlama',
      MetricName: 'RunsFailed',
      Dimensions: [
        { Name: 'Project', Value: 'demo' },
        { Name: 'Environment', Value: 'default' },
      ],
      TreatMissingData: 'notBreaching',
    }),
  ])
  expect(decisionsOf(synthesized.plan).metrics).toBe('all')
})

test('a dashboard is JSON once CloudFormation has filled it in, and does not change with one more agent', async () => {
  const bodyOf = async (files: Files) => {
    const [text, values] = (
      only(ofType(await synthProject(writeProject(files)), 'AWS::CloudWatch::Dashboard')).Properties.DashboardBody as {
        'Fn::Sub': [string, Readonly<Record<string, unknown>>]
      }
    )['Fn::Sub']
    // As CloudFormation does it: `${!x}` is left as `${x}`.
    return text.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`
      if (name !== 'AWS::Region' && !(name in values)) throw new Error(`nobody fills in ${name}`)
      return `<${name}>`
    })
  }
  const body = await bodyOf(watched)
  const { widgets } = JSON.parse(body) as { widgets: { properties: { title: string; region: string } }[] }
  expect(widgets.map(({ properties }) => properties.title)).toEqual(
    expect.arrayContaining(['Runs by outcome', 'Queue', 'Latency of the gateway (ms)', 'Cost by agent (USD)']),
  )
  expect(new Set(widgets.map(({ properties }) => properties.region))).toEqual(new Set(['<AWS::Region>']))
  expect(body).toContain("${PROP('Dim.Agent')}")
  expect(await bodyOf({ ...watched, ...agentFiles('another') })).toBe(body)
})

test.skipIf(!hasLint)(
  'cfn-lint finds nothing in them (skipped where it is not installed)',
  async () => {
    const { out, plan } = await synthProject(writeProject(watched))
    const args = ['--non-zero-exit-code', 'informational', '--include-checks', 'I', '--']
    const { status, stdout } = spawnSync('cfn-lint', [...args, join(out, `${plan.names.stack}.template.json`)])
    expect(stdout.toString()).toBe('')
    expect(status).toBe(0)
  },
  60_000,
)

test('cdk-nag finds nothing in topic, alarms and dashboard', async () => {
  const directory = writeProject(watched)
  const compiled = compileProject(projectFiles(directory, scratchDirectory()))
  if (!compiled.ok) throw new Error('the project is not valid')
  const outdir = scratchDirectory()
  const app = await buildApp(compiled.plan, directory, { outdir })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  try {
    app.synth()
  } catch {
    // Any finding fails the synthesis; they stand in the report.
  }
  const { pluginReports } = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { violations: { ruleName: string; violatingConstructs: { constructPath?: string }[] }[] }[]
  }
  const found = pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath = '' }) => `${ruleName} ${constructPath}`),
    ),
  )
  expect(found.length).toBeGreaterThan(0)
  expect(found.filter((finding) => /SNS|Alarms|Dashboard/.test(finding))).toEqual([])
}, 240_000)

test('headers of telemetry that name a credential are readable by gateway and scheduler, and only then', async () => {
  const telemetry = (header: string) =>
    `\n[telemetry]\nenabled = true\nendpoint = "https://otel.example.com"\n[telemetry.headers]\nx-scope = "${header}"\n`
  const permissionsOf = async (header: string) => {
    const files = { ...watched, 'config.toml': `${watched['config.toml']}${telemetry(header)}` }
    const { gateway, scheduler } = (await synthProject(writeProject(files))).plan
    return { gateway: JSON.stringify(gateway.permissions), scheduler: JSON.stringify(scheduler.permissions) }
  }
  const named = await permissionsOf('${custom_key:otel}')
  expect(named.gateway).toContain('secret:action-llama/custom_key/otel/token-??????')
  expect(named.scheduler).toContain('secret:action-llama/custom_key/otel/token-??????')
  const plain = await permissionsOf('acme')
  expect(plain.gateway).not.toContain('custom_key')
  expect(plain.scheduler).not.toContain('secretsmanager')
})
