import { describe, expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { longestPolicy, policyLength } from '../../core/plan/targets/aws-permissions.ts'
import { ciPermissions, ciRoleNames } from '../../core/plan/targets/deploy-permissions.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { type Allow, account, allows, region, resolveText } from '../support/iam.ts'
import { agentFiles, model, scratchDirectory, writeProject } from '../support/synth-project.ts'

function planOf(project: string, environment: string): Plan {
  const files = {
    'config.toml': `projectName = "${project}"\n${model}\n[cloud]\nprovider = "ecs"\nawsRegion = "${region}"\n`,
    [`environments/${environment}.toml`]: '',
    ...agentFiles('dev'),
    ...agentFiles('slow', 'schedule = "0 6 * * *"\ntimeout = 3600\n'),
  }
  const compiled = compileProject(projectFiles(writeProject(files), scratchDirectory()), { environment })
  if (!compiled.ok) throw new Error('the project does not compile')
  return compiled.plan
}

const statementsOf = (plan: Plan, role: 'deploy' | 'diff'): Allow[] =>
  ciPermissions(plan)[role].map(({ actions, resources }) => ({
    effect: 'Allow',
    actions,
    resources: resources.map((text) => resolveText({ 'Fn::Sub': text })),
    conditions: {},
  }))

/** What a deploy changes of a project, as action and ARN. */
const reached = ({ names, agents }: Plan): [string, string][] => [
  ...agents.flatMap(({ resource }): [string, string][] => [
    ['iam:PutRolePolicy', `arn:aws:iam::${account}:role${names.rolePath}agent/${resource}`],
    ['lambda:UpdateFunctionConfiguration', `arn:aws:lambda:${region}:${account}:function:${resource}`],
    ['scheduler:UpdateSchedule', `arn:aws:scheduler:${region}:${account}:schedule/${names.prefix}/dev`],
  ]),
  ['lambda:UpdateFunctionCode', `arn:aws:lambda:${region}:${account}:function:${names.gateway}`],
  ['cloudformation:DescribeStacks', `arn:aws:cloudformation:${region}:${account}:stack/${names.stack}/1-2-3`],
  ['logs:FilterLogEvents', `arn:aws:logs:${region}:${account}:log-group:${names.rolePath.slice(0, -1)}/agent/dev:*`],
]

describe('the roles of CI', () => {
  const plans = [
    ['shop', 'prod'],
    ['shop', 'prod-eu'],
    ['shop', 'pro'],
    ['shop-prod', 'prod'],
    ['p'.repeat(63), 'prod'],
    ['p'.repeat(63), 'e'.repeat(63)],
  ].map(([project = '', environment = '']) => planOf(project, environment))

  test('reach their own project and environment, and no neighbour', () => {
    for (const own of plans) {
      const statements = statementsOf(own, 'deploy')
      for (const other of plans) {
        for (const [action, arn] of reached(other)) {
          expect(allows(statements, action, arn), `${own.names.prefix}: ${action} ${arn}`).toBe(own === other)
        }
      }
    }
  })

  test('cannot widen themselves, nor each other', () => {
    for (const own of plans) {
      for (const other of plans) {
        const { path, deploy, diff } = ciRoleNames(other)
        for (const name of [deploy, diff]) {
          for (const action of ['iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy', 'iam:PassRole']) {
            const arn = `arn:aws:iam::${account}:role${path}${name}`
            expect(allows(statementsOf(own, 'deploy'), action, arn)).toBe(false)
          }
        }
      }
    }
  })

  test('change nothing and read no secret and no log for a pull request', () => {
    const actions = ciPermissions(plans[0] as Plan).diff.flatMap((statement) => statement.actions)
    expect(actions.every((action) => /^cloudformation:(?:List|Get|Describe)/.test(action))).toBe(true)
  })

  test('have policies and names that IAM takes, however long those of the project are', () => {
    for (const plan of plans) {
      expect(policyLength(ciPermissions(plan).deploy)).toBeLessThan(longestPolicy)
      const { path, deploy, diff } = ciRoleNames(plan)
      expect(path.length).toBeLessThanOrEqual(512)
      for (const name of [deploy, diff]) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    }
  })
})
