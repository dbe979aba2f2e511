import { describe, expect, test } from 'vitest'
import { type Allow, account, allows, region, statementsOf } from '../support/iam.ts'
import { agentFiles, model, ofType, only, synthProject, writeProject } from '../support/synth-project.ts'

/** Projects and environments whose names are close to each other's: prefixes, hyphens, names that are cut. */
describe('neighbours', () => {
  const long = 'p'.repeat(63)
  const cutPrefix = (text: string) => text.replace(/^al-/, '').replace(/_H.*$/, '')
  const names: [project: string, environment: string][] = [
    ['shop', 'prod'],
    ['shop', 'prod-eu'],
    ['shop', 'pro'],
    ['shop', 'agent'],
    ['shop-prod', 'prod'],
    ['sho', 'p-prod'],
    ['shop', 'default'],
    ['shop-default', 'default'],
    ['shop-default', 'agent'],
    [long, 'prod'],
    [long, 'prod-eu'],
    [`${long.slice(0, 62)}q`, 'prod'],
    [long.slice(0, 26), 'prod'],
    [long, 'e'.repeat(63)],
  ]
  const projects = (async () => {
    const all = []
    for (const [project, environment] of names) {
      const files = {
        'config.toml': `projectName = "${project}"\n${model}`,
        ...(environment === 'default' ? {} : { [`environments/${environment}.toml`]: '' }),
        ...agentFiles('dev'),
        ...agentFiles('d'.repeat(63)),
        ...agentFiles('slow', 'schedule = "0 6 * * *"\ntimeout = 3600\n'),
      }
      const options = environment === 'default' ? {} : { environment }
      all.push(await synthProject(writeProject(files), options))
    }
    return all
  })()

  const targets = async () =>
    (await projects).map(({ plan }) => ({
      plan,
      starts: plan.agents.flatMap(({ resource, compute }): [string, string][] => [
        compute === 'lambda'
          ? ['lambda:InvokeFunction', `arn:aws:lambda:${region}:${account}:function:${resource}`]
          : ['ecs:RunTask', `arn:aws:ecs:${region}:${account}:task-definition/${resource}:7`],
        ['iam:PassRole', `arn:aws:iam::${account}:role${plan.names.rolePath}agent/${resource}`],
      ]),
      // What belongs to a project and is no agent.
      others: [plan.names.gateway, plan.names.scheduler].map((name): [string, string] => [
        'lambda:InvokeFunction',
        `arn:aws:lambda:${region}:${account}:function:${name}`,
      ]),
    }))

  test('the gateway and the scheduler of a project start its agents, and nothing of a neighbour', async () => {
    const all = await targets()
    for (const synthesized of await projects) {
      const own = synthesized.plan.names.prefix
      for (const name of [synthesized.plan.names.gateway, synthesized.plan.names.scheduler]) {
        const statements = roleStatements(synthesized, name)
        for (const { plan, starts, others } of all) {
          for (const [action, arn] of starts) {
            expect(allows(statements, action, arn), `${name} ${arn}`).toBe(plan.names.prefix === own)
          }
          for (const [action, arn] of others) expect(allows(statements, action, arn), `${name} ${arn}`).toBe(false)
        }
      }
    }
  })

  test('a project whose name is the cut name of another shares nothing with it', async () => {
    const prefixes = (await projects).map(({ plan }) => plan.names.prefix)
    expect(new Set(prefixes).size).toBe(names.length)
    expect(prefixes.map(cutPrefix).filter((one) => one === long.slice(0, 26)).length).toBeGreaterThan(1)
  })

  test('tables, rows of tasks, queues and schedule groups of a neighbour are out of reach', async () => {
    const all = await projects
    for (const one of all) {
      const statements = [one.plan.names.gateway, one.plan.names.scheduler].flatMap((name) => roleStatements(one, name))
      for (const other of all) {
        const mine = one === other
        const { table, prefix } = other.plan.names
        const reach = (action: string, arn: string) => allows(statements, action, `arn:aws:${arn}`)
        expect(reach('dynamodb:PutItem', `dynamodb:${region}:${account}:table/${table}`)).toBe(mine)
        expect(reach('ecs:StopTask', `ecs:${region}:${account}:task/${prefix}/0123`)).toBe(mine)
        expect(reach('sqs:SendMessage', `sqs:${region}:${account}:${prefix}-dead-letters`)).toBe(mine)
      }
    }
  })

  const roleStatements = (synthesized: Awaited<ReturnType<typeof synthProject>>, name: string): Allow[] =>
    statementsOf(only(ofType(synthesized, 'AWS::IAM::Role').filter(({ Properties }) => Properties.RoleName === name)))
})
