import { describe, expect, test } from 'vitest'
import { compileProject } from '../compile.ts'
import { formatProblem } from '../project/problem.ts'
import { agentToml, modelToml, projectInMemory, type Texts } from '../project/testing/project-in-memory.ts'
import type { PlanOptions } from './make-plan.ts'
import { type Plan, planSchema } from './schema.ts'

function planOf(files: Texts, options: PlanOptions = {}): Plan {
  const compiled = compileProject(
    projectInMemory({ 'config.toml': modelToml, 'agents/a/agent-config.toml': agentToml, ...files }),
    options,
  )
  if (!compiled.ok) throw new Error(compiled.problems.map(formatProblem).join('\n'))
  return planSchema.parse(JSON.parse(JSON.stringify(compiled.plan)))
}

const local = (lines: string) => ({ 'config.toml': `${modelToml}[local]\n${lines}\n` })
const agentOf = (files: Texts, options: PlanOptions = {}) => {
  const [agent] = planOf(files, options).agents
  if (agent === undefined) throw new Error('no agent')
  return agent
}

describe('where an agent runs', () => {
  test.each([
    [1, 'lambda', 'timeout 1 s ≤ 900 s'],
    [900, 'lambda', 'timeout 900 s ≤ 900 s'],
    [901, 'fargate', 'timeout 901 s > 900 s'],
  ])('with a timeout of %i s on AWS: %s, because of it', (timeout, compute, why) => {
    expect(agentOf({ 'agents/a/agent-config.toml': `${agentToml}timeout = ${timeout}\n` })).toMatchObject({
      compute,
      why: expect.stringContaining(why),
    })
  })

  test('on this machine: in containers, or as processes where that is asked for, of the user’s own credentials', () => {
    const here = { provider: 'local' } as const
    const plan = planOf({ 'agents/a/agent-config.toml': 'credentials = []\nschedule = "0 0 13 * 5"\n' }, here)
    expect(plan.target).toMatchObject({ provider: 'local', assumed: false })
    expect(plan.agents[0]).toMatchObject({
      compute: 'docker',
      schedules: [{ expression: '0 0 13 * 5' }],
      permissions: [],
      secrets: expect.arrayContaining([expect.objectContaining({ id: 'anthropic_key/default/token' })]),
    })
    expect(plan.cost.atRestPerMonth.usd).toBe(0)
    expect(agentOf(local('runtime = "process"'), here).compute).toBe('process')
    expect(agentOf({}, { ...here, runtime: 'process' }).compute).toBe('process')
    expect(agentOf(local('runtime = "process"')).compute).toBe('lambda')
  })

  test('its own timeout counts before the project’s, and 900 s when none is given', () => {
    expect(agentOf({}).why).toContain('timeout 900 s ≤ 900 s')
    expect(agentOf(local('timeout = 3600')).compute).toBe('fargate')
    const both = { ...local('timeout = 3600'), 'agents/a/agent-config.toml': `${agentToml}timeout = 60\n` }
    expect(agentOf(both)).toMatchObject({ compute: 'lambda', timeoutSeconds: 60 })
  })

  test('on Google Cloud it is a job, whatever its timeout', () => {
    for (const seconds of [60, 901, 7 * 24 * 3600]) {
      expect(agentOf(local(`timeout = ${seconds}`), { provider: 'cloud-run' }).compute).toBe('cloud-run-job')
    }
  })

  test('with scale = 0 nowhere: no schedules, triggers, secrets, permissions, image or cost', () => {
    const plan = planOf({ 'agents/a/agent-config.toml': `${agentToml}scale = 0\ncredentials = ["github_token"]\n` })
    expect(plan.agents[0]).toMatchObject({
      compute: 'off',
      why: 'scale = 0',
      schedules: [],
      triggers: [],
      secrets: [],
      permissions: [],
    })
    expect(plan.images).toEqual([])
    expect(plan.cost.per1000Runs).toEqual([])
  })
})

test.each([
  [60, 60, 120],
  [840, 840, 900],
  [850, 850, 900],
  [880, 870, 900],
  [900, 870, 900],
  [901, 901, 961],
  [7200, 7200, 7260],
])('of a timeout of %i s the agent has %i s, and the platform ends it after %i s', (timeout, own, limit) => {
  expect(agentOf(local(`timeout = ${timeout}`))).toMatchObject({ timeoutSeconds: own, limitSeconds: limit })
})

describe('sizes', () => {
  test.each([
    ['', 2048, 1.16],
    ['memory = "4g"', 4096, 2.32],
    ['memory = "4Gi"', 4096, 2.32],
    ['memory = "4096"', 4096, 2.32],
    ['memory = 4096', 4096, 2.32],
    ['memory = "1.5g"', 1536, 0.87],
    ['memory = 64', 128, 0.07],
    ['cpus = 1', 2048, 1.16],
    ['cpus = 2', 3538, 2],
    ['cpus = 2\nmemory = "8g"', 8192, 4.63],
    ['memory = "10g"', 10240, 5.79],
  ])('on Lambda %j is %i MiB and %d vCPU', (lines, memoryMiB, vcpus) => {
    expect(agentOf(local(lines))).toMatchObject({ compute: 'lambda', memoryMiB, vcpus })
  })

  test.each([
    ['', 2, 4096],
    ['memory = "4097"', 2, 5120],
    ['memory = "512m"', 2, 4096],
    ['cpus = 0.1\nmemory = 512', 0.25, 512],
    ['cpus = 0.25\nmemory = 513', 0.25, 1024],
    ['cpus = 0.25\nmemory = 3000', 0.5, 3072],
    ['cpus = 0.3\nmemory = 512', 0.5, 1024],
    ['cpus = 1\nmemory = "8g"', 1, 8192],
    ['cpus = 1\nmemory = 8193', 2, 9216],
    ['memory = "20g"', 4, 20480],
    ['cpus = 4\nmemory = "31g"', 8, 32768],
    ['cpus = 8\nmemory = "17g"', 8, 20480],
    ['cpus = 16\nmemory = "33g"', 16, 40960],
    ['memory = "120g"', 16, 122880],
  ])('on Fargate %j is rounded up to %d vCPU and %i MiB', (lines, vcpus, memoryMiB) => {
    expect(agentOf(local(`timeout = 1000\n${lines}`))).toMatchObject({ compute: 'fargate', memoryMiB, vcpus })
  })

  test.each([
    ['', 2, 4096],
    ['cpus = 0.5', 1, 4096],
    ['cpus = 3', 4, 4096],
    ['cpus = 8', 8, 4096],
    ['cpus = 1\nmemory = 100', 1, 512],
    ['memory = "32g"', 8, 32768],
  ])('on Cloud Run %j is rounded up to %d vCPU and %i MiB', (lines, vcpus, memoryMiB) => {
    expect(agentOf(local(lines), { provider: 'cloud-run' })).toMatchObject({ memoryMiB, vcpus })
  })
})

describe('images', () => {
  const own = 'agents/a/Dockerfile'
  test('are shared by the agents that have no Dockerfile of their own', () => {
    const plan = planOf({
      [own]: 'FROM al-agent\nRUN x',
      'agents/b/agent-config.toml': agentToml,
      'agents/c/agent-config.toml': agentToml,
    })
    expect(plan.agents.map(({ image }) => image)).toEqual(['agent:a', 'base', 'base'])
    expect(plan.images.map(({ key, context }) => [key, context])).toEqual([
      ['agent:a', 'agents/a'],
      ['base', undefined],
    ])
  })

  test('stand on the Dockerfile of the project, when that says more than FROM', () => {
    expect(agentOf({ Dockerfile: '# base\nFROM al-agent\n' }).image).toBe('base')
    expect(agentOf({ Dockerfile: 'FROM al-agent\nRUN x\n' }).image).toBe('project')
    expect(planOf({ Dockerfile: 'FROM al-agent\nRUN x\n', [own]: 'FROM al-agent\nRUN y\n' }).images).toEqual([
      { key: 'agent:a', project: 'FROM al-agent\nRUN x\n', agent: 'FROM al-agent\nRUN y\n', context: 'agents/a' },
    ])
  })
})

describe('webhooks', () => {
  const source = (lines: string) => planOf({ 'config.toml': `${modelToml}[webhooks.gh]\ntype = "github"\n${lines}` })

  test('are signed, open on purpose, or refused with a warning', () => {
    const access = (plan: Plan) => plan.endpoints.find(({ path }) => path === '/webhooks/gh')?.access
    const unsigned = (plan: Plan) => plan.warnings.filter((text) => /401|allowUnsigned/.test(text))
    const [signed, open, refused] = [source('credential = "main"\n'), source('allowUnsigned = true\n'), source('')]
    expect([signed, open, refused].map(access)).toEqual(['signed', 'open (allowUnsigned)', 'refused: no secret'])
    expect(signed.webhooks[0]).toMatchObject({
      secret: 'action-llama/github_webhook_secret/main/secret',
      unsigned: 'refused',
    })
    expect(unsigned(signed)).toEqual([])
    expect(unsigned(refused)).toEqual([expect.stringContaining('"gh" answers 401')])
  })

  test('come in by the name of their source and by that of their provider', () => {
    expect(source('').webhooks[0]?.paths).toEqual(['/webhooks/gh', '/webhooks/github'])
    const { endpoints } = source('credential = "main"\n[webhooks.open]\ntype = "github"\nallowUnsigned = true\n')
    const deliveries = endpoints.filter(({ path }) => path.startsWith('/webhooks/'))
    expect(deliveries.map(({ path, access }) => [path, access])).toEqual([
      ['/webhooks/gh', 'signed'],
      ['/webhooks/github', 'signed or open (allowUnsigned)'],
      ['/webhooks/open', 'open (allowUnsigned)'],
    ])
  })
})

test('what a script reads of the plan is plain JSON: compiling twice gives the same bytes', () => {
  const files = { 'agents/b/agent-config.toml': `${agentToml}[params]\nday = 2026-01-02\nlist = [1, "x"]\n` }
  expect(JSON.stringify(planOf(files))).toBe(JSON.stringify(planOf(files)))
  expect(planOf(files).agents[1]?.params).toEqual({ day: '2026-01-02', list: [1, 'x'] })
})
