import { describe, expect, test } from 'vitest'
import { compileProject } from '../compile.ts'
import { formatProblem } from '../project/problem.ts'
import { agentToml, modelToml, projectInMemory, type Texts } from '../project/testing/project-in-memory.ts'
import type { PlanOptions } from './make-plan.ts'
import type { Plan } from './schema.ts'

function planOf(files: Texts, options: PlanOptions = {}): Plan {
  const compiled = compileProject(
    projectInMemory({ 'config.toml': modelToml, 'agents/a/agent-config.toml': agentToml, ...files }),
    options,
  )
  if (!compiled.ok) throw new Error(compiled.problems.map(formatProblem).join('\n'))
  return compiled.plan
}

const secretsOf = (agent: string, config = modelToml) =>
  planOf({ 'config.toml': config, 'agents/a/agent-config.toml': agentToml + agent }).agents[0]?.secrets ?? []
const idsOf = (agent: string, config = modelToml) => secretsOf(agent, config).map(({ id }) => id)

describe("the key of an agent's model", () => {
  test.each([
    ['anthropic', 'anthropic_key'],
    ['openai', 'openai_key'],
    ['groq', 'groq_key'],
    ['google', 'google_key'],
    ['xai', 'xai_key'],
    ['mistral', 'mistral_key'],
    ['openrouter', 'openrouter_key'],
  ])('of %s is implied, and no other provider’s', (provider, type) => {
    const model = `[model]\nprovider = "${provider}"\nmodel = "m"\n`
    expect(idsOf('', model)).toEqual([`action-llama/${type}/default/token`])
    // The agent's own model is the one that counts.
    expect(idsOf(model)).toEqual([`action-llama/${type}/default/token`])
    expect(secretsOf(model)[0]?.why).toBe('model')
  })

  test('is none with the cloud’s own identity', () => {
    expect(idsOf('', '[model]\nprovider = "bedrock"\nmodel = "anthropic.claude-x"\n')).toEqual([])
  })

  test('is the instance the agent lists, if it lists one', () => {
    expect(secretsOf('credentials = ["anthropic_key:team"]\n')).toMatchObject([
      { id: 'action-llama/anthropic_key/team/token', why: 'listed' },
    ])
    expect(idsOf('credentials = ["openai_key:team"]\n')).toEqual([
      'action-llama/anthropic_key/default/token',
      'action-llama/openai_key/team/token',
    ])
  })
})

describe('the secrets of an agent', () => {
  test('are every field of what it lists, once, and say which may be absent', () => {
    const secrets = secretsOf('credentials = ["x_twitter_api", "x_twitter_api", "linear_oauth:bot", "anthropic_key"]\n')
    expect(secrets.map(({ type, instance, field, optional }) => [type, instance, field, optional])).toEqual([
      ['anthropic_key', 'default', 'token', false],
      ['linear_oauth', 'bot', 'access_token', false],
      ['linear_oauth', 'bot', 'client_id', false],
      ['linear_oauth', 'bot', 'client_secret', false],
      ['linear_oauth', 'bot', 'refresh_token', true],
      ['x_twitter_api', 'default', 'access_token', true],
      ['x_twitter_api', 'default', 'access_token_secret', true],
      ['x_twitter_api', 'default', 'api_key', false],
      ['x_twitter_api', 'default', 'api_secret', false],
      ['x_twitter_api', 'default', 'bearer_token', false],
    ])
  })

  test('keep the order in which the agent lists instances of a type, whatever else it lists', () => {
    const order = (list: string) =>
      secretsOf(`credentials = [${list}]\n`).map(({ type, instance }) => `${type}:${instance}`)
    expect(order('"sentry_token:b", "github_token:z", "github_token:b", "github_token:a"')).toEqual([
      'anthropic_key:default',
      'github_token:z',
      'github_token:b',
      'github_token:a',
      'sentry_token:b',
    ])
  })

  test('in another order are no other permissions', () => {
    const permissions = (list: string) =>
      planOf({ 'agents/a/agent-config.toml': `${agentToml}credentials = [${list}]\n` }).agents[0]?.permissions
    expect(permissions('"github_token:b", "github_token:a"')).toEqual(permissions('"github_token:a", "github_token:b"'))
  })

  test('include what the headers of its model refer to, all of them', () => {
    const model = `${modelToml}headers = { X-A = "\${custom_key:a}", X-B = "\${groq_key} \${openai_key:b}" }\n`
    const headers = secretsOf('', model).filter(({ why }) => why === 'header')
    expect(headers.map(({ type, instance }) => `${type}:${instance}`)).toEqual([
      'custom_key:a',
      'groq_key:default',
      'openai_key:b',
    ])
  })

  test('include the headers of telemetry only where telemetry is on', () => {
    const telemetry = (enabled: boolean) =>
      `${modelToml}[telemetry]\nenabled = ${enabled}\nendpoint = "https://otel.example"\nheaders = { Authorization = "\${custom_key}" }\n`
    expect(idsOf('', telemetry(true))).toContain('action-llama/custom_key/default/token')
    expect(idsOf('', telemetry(false))).not.toContain('action-llama/custom_key/default/token')
  })

  test('are named with the prefix of the project, in the way of its cloud', () => {
    const ecs = `${modelToml}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\nawsSecretPrefix = "team/a"\n`
    expect(idsOf('', ecs)).toEqual(['team/a/anthropic_key/default/token'])
    const gcp = `${modelToml}[cloud]\nprovider = "cloud-run"\ngcpProject = "acme-prod"\nregion = "europe-west1"\nsecretPrefix = "team"\n`
    expect(idsOf('', gcp)).toEqual(['team--anthropic_key--default--token'])
  })
})

describe('the secrets of the gateway', () => {
  test('are what signs deliveries, and its own key: nothing of an agent', () => {
    const plan = planOf({
      'config.toml': `${modelToml}[webhooks.gh]\ntype = "github"\ncredential = "main"\n[webhooks.open]\ntype = "sentry"\nallowUnsigned = true\n`,
      'agents/a/agent-config.toml': `${agentToml}credentials = ["github_token"]\n`,
    })
    expect(plan.gateway.secrets.map(({ id, why }) => [id, why])).toEqual([
      ['action-llama/gateway_api_key/default/key', 'control'],
      ['action-llama/github_webhook_secret/main/secret', 'webhook'],
    ])
  })
})

describe('permissions', () => {
  const two = {
    'agents/a/agent-config.toml': `${agentToml}credentials = ["github_token:a"]\n`,
    'agents/b/agent-config.toml': `${agentToml}timeout = 3600\ncredentials = ["github_token:b"]\n`,
  }

  test('of an agent name its own secrets and its own log, and nobody else’s', () => {
    for (const agent of planOf(two).agents) {
      const text = JSON.stringify(agent.permissions)
      const other = agent.name === 'a' ? 'b' : 'a'
      expect(text).toContain(`github_token/${agent.name}/token`)
      expect(text).toContain(`agent/${agent.name}:*`)
      expect(text).not.toContain(`github_token/${other}/token`)
      expect(text).not.toContain(`agent/${other}:`)
      expect(text).not.toMatch(/dynamodb|lambda:Invoke|iam:|ecs:RunTask/)
    }
  })

  test('never allow every action, and every resource only where AWS supports nothing narrower', () => {
    const plan = planOf(two)
    const all = [...plan.agents, plan.gateway, plan.scheduler].flatMap(({ permissions }) => permissions)
    expect(all.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([])
    const wide = all.filter(({ resources }) => resources.includes('*')).flatMap(({ actions }) => actions)
    expect(new Set(wide)).toEqual(new Set(['ecr:GetAuthorizationToken', 'ecs:ListTasks']))
    // Listing is bound to the cluster instead.
    const listing = all.filter(({ actions }) => actions.includes('ecs:ListTasks'))
    for (const { conditions } of listing) {
      expect(conditions?.ArnEquals?.['ecs:cluster']).toMatch(/:cluster\/[a-z0-9_-]+$/)
    }
  })

  test('of the gateway start this project’s agents only, of the kinds there are', () => {
    const starts = (plan: Plan) =>
      plan.gateway.permissions.flatMap(({ actions, resources }) =>
        actions.some((one) => /InvokeFunction|RunTask|PassRole/.test(one)) ? resources : [],
      )
    const arn = (rest: string) => expect.stringMatching(new RegExp(`:${rest.replaceAll('*', '\\*')}$`))
    expect(starts(planOf(two))).toEqual([
      arn('function:al-demo_default_*'),
      arn('task-definition/al-demo_default_*'),
      arn('role/al/demo/default/agent/*'),
    ])
    expect(starts(planOf({}))).toEqual([arn('function:al-demo_default_*')])
    expect(starts(planOf({ 'agents/a/agent-config.toml': 'scale = 0\n' }))).toEqual([])
  })

  test('on Google Cloud as well: the gateway may start and stop these jobs, and change nothing about them', () => {
    const files = { ...two, 'agents/parked/agent-config.toml': 'scale = 0\n' }
    const plan = planOf(files, { provider: 'cloud-run' })
    const jobs = plan.gateway.permissions.filter(({ actions }) => actions.some((one) => /run\./.test(one)))
    expect(jobs.flatMap(({ actions }) => actions)).toEqual([
      'run.jobs.run',
      'run.jobs.runWithOverrides',
      'run.executions.get',
      'run.executions.list',
      'run.executions.cancel',
    ])
    expect(jobs.flatMap(({ resources }) => resources)).toEqual(
      plan.agents
        .filter(({ compute }) => compute !== 'off')
        .map(({ resource }) => `projects/\${project}/locations/\${region}/jobs/${resource}`),
    )
  })
})

test('in Parameter Store a role may read exactly the parameters of its plan', () => {
  const cloud = '[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\nsecretStore = "parameter-store"\n'
  const [agent] = planOf({ 'config.toml': modelToml + cloud }).agents
  const [id = ''] = agent?.secrets.map((secret) => secret.id) ?? []
  expect(id).toMatch(/^\/action-llama\//)
  expect(agent?.permissions.filter(({ actions }) => actions.some((one) => /ssm|secret|kms/.test(one)))).toEqual([
    {
      why: expect.any(String),
      actions: ['ssm:GetParameters'],
      resources: agent?.secrets.map(
        (one) => `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${one.id}`,
      ),
    },
  ])
})
