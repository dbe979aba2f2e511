import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type App, CfnResource, Stack, Validations } from 'aws-cdk-lib'
import { CfnRole } from 'aws-cdk-lib/aws-iam'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { buildApp } from '../../infra/aws/build-app.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { root, scratchDirectory, validProjects } from '../support/synth-project.ts'
import accepted from './accepted-findings.json' with { type: 'json' }

/**
 * The CDK's own validation of templates, and cdk-nag's AwsSolutions. Findings that are accepted stand in
 * accepted-findings.json with their reasons; `…` in a rule stands for a name. cfn-lint itself runs in
 * scripts/lint-templates.sh. A project takes two seconds: all of them only in CI.
 */
const projects = process.env.CI === undefined ? ['examples/acme'] : validProjects

interface Finding {
  readonly plugin: string
  readonly rule: string
  readonly where: string
}

/** What the validators find in a project. `spoil` adds to the app before. */
async function findingsIn(project: string, spoil: (app: App) => void = () => {}): Promise<Finding[]> {
  const directory = join(root, project)
  const compiled = compileProject(projectFiles(directory, scratchDirectory()), { provider: 'ecs' })
  if (!compiled.ok) throw new Error(`${project} is not valid`)
  const outdir = scratchDirectory()
  const app = await buildApp(compiled.plan, directory, { outdir, builtinCloudFormationValidation: true })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  spoil(app)
  let failed: unknown
  try {
    app.synth()
  } catch (error) {
    failed = error
  }
  const report = join(outdir, 'validation-report.json')
  if (!existsSync(report)) {
    if (failed !== undefined) throw failed
    return []
  }
  const { pluginReports } = JSON.parse(readFileSync(report, 'utf8')) as {
    pluginReports: {
      pluginName: string
      violations: { ruleName: string; violatingConstructs: { constructPath?: string }[] }[]
    }[]
  }
  return pluginReports.flatMap(({ pluginName, violations }) =>
    violations.map(({ ruleName, violatingConstructs }) => ({
      plugin: pluginName,
      rule: ruleName,
      where: violatingConstructs.map(({ constructPath }) => constructPath).join(', '),
    })),
  )
}

const listOf = (plugin: string): Readonly<Record<string, string>> =>
  plugin === 'AwsSolutions' ? accepted['cdk-nag'] : accepted['cfn-lint']

/** Whether an entry of the list is about a rule. `…` is at least a character, and no star: a wider pattern is another finding. */
function covers(entry: string, rule: string): boolean {
  const parts = entry.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^*]+')}$`).test(rule)
}

const unexplained = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ plugin, rule }) => !Object.keys(listOf(plugin)).some((entry) => covers(entry, rule)))

describe('the valid projects', () => {
  const found = (async () => {
    const all: Finding[] = []
    for (const project of projects) all.push(...(await findingsIn(project)))
    return all
  })()

  test(`nothing unexplained is found in ${projects.join(', ')}`, async () => {
    expect(unexplained(await found)).toEqual([])
  })

  test('every accepted finding still occurs', async () => {
    const rules = (await found).filter(({ plugin }) => plugin === 'AwsSolutions').map(({ rule }) => rule)
    const stale = Object.keys(accepted['cdk-nag']).filter((entry) => !rules.some((rule) => covers(entry, rule)))
    expect(stale).toEqual([])
  })
})

describe('the checks bite', () => {
  const control = (app: App) => {
    const stack = app.node.children.find((child) => child instanceof Stack)
    if (stack === undefined) throw new Error('no stack')
    return stack
  }
  const add = (type: string, properties: object) => (app: App) => {
    new CfnResource(control(app), 'Spoiled', { type, properties: { ...properties } })
  }
  const where = (findings: readonly Finding[]) => findings.filter((one) => one.where.includes('Spoiled'))

  test('a property that CloudFormation does not know, and a value it refuses, are found', async () => {
    for (const properties of [{ Bogus: 1 }, { DelaySeconds: 'soon' }]) {
      const found = unexplained(await findingsIn('test/fixtures/laptop', add('AWS::SQS::Queue', properties)))
      expect(where(found).length, JSON.stringify(found)).toBeGreaterThan(0)
      expect(found.some(({ plugin }) => plugin !== 'AwsSolutions')).toBe(true)
    }
  })

  test('a wider policy than the accepted ones is found', async () => {
    const widen = (app: App) => {
      const statement = { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:logs:eu-west-1:1:log-group:/al/*' }
      new CfnRole(control(app), 'Spoiled', {
        assumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
        policies: [{ policyName: 'wide', policyDocument: { Version: '2012-10-17', Statement: [statement] } }],
      })
    }
    const rules = where(unexplained(await findingsIn('test/fixtures/laptop', widen))).map(({ rule }) => rule)
    expect(rules).toEqual(
      expect.arrayContaining([
        'AwsSolutions-IAM5[Action::s3:*]',
        'AwsSolutions-IAM5[Resource::arn:aws:logs:eu-west-1:1:log-group:/al/*]',
      ]),
    )
  })

  test('an entry covers one shape of finding and no wider one', () => {
    const entry = 'AwsSolutions-IAM5[Resource::arn:…:function:al-…_*]'
    expect(
      covers(entry, 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:lambda:x:y:function:al-acme_default_*]'),
    ).toBe(true)
    expect(covers(entry, 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:lambda:x:y:function:*]')).toBe(false)
    expect(covers(entry, 'AwsSolutions-IAM5[Resource::arn:*:function:al-acme_default_*]')).toBe(false)
    expect(covers('AwsSolutions-IAM5[Resource::*]', 'AwsSolutions-IAM5[Action::*]')).toBe(false)
  })
})
