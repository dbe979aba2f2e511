import { expect, test } from 'vitest'
import { compileProject } from '../compile.ts'
import { formatProblem } from '../project/problem.ts'
import { agentToml, modelToml, projectInMemory, type Texts } from '../project/testing/project-in-memory.ts'
import { decisionsOf, handoutOf } from './decisions.ts'

function compile(files: Texts, environment?: string) {
  const project = { 'config.toml': modelToml, 'agents/a/agent-config.toml': agentToml, ...files }
  return compileProject(projectInMemory(project), environment === undefined ? {} : { environment })
}

function planOf(files: Texts, environment?: string) {
  const compiled = compile(files, environment)
  if (!compiled.ok) throw new Error(compiled.problems.map(formatProblem).join('\n'))
  return compiled.plan
}

const problemsOf = (files: Texts): string[] => {
  const compiled = compile(files)
  return compiled.ok ? [] : compiled.problems.map(({ key, message }) => `${key}: ${message}`)
}

const config = (limits: string) => ({ 'config.toml': `${modelToml}[limits]\n${limits}\n` })
const agent = (limits: string) => ({ 'agents/a/agent-config.toml': `${agentToml}[limits]\n${limits}\n` })
const custom = '[model]\nprovider = "custom"\nmodel = "x"\nbaseUrl = "http://localhost:1"\napi = "openai-completions"\n'

test("limits per run are the project's unless the agent has its own; limits per day apply to each for itself", () => {
  const plan = planOf({
    ...config('maxCostPerRun = 2\nmaxTurns = 50\nmaxCostPerDay = 20.5\nmaxRunsPerDay = 100'),
    ...agent('maxTurns = 80\nmaxRunsPerDay = 7'),
  })
  expect(plan.limits).toMatchObject({ maxCostPerDay: 20.5, maxRunsPerDay: 100 })
  expect(plan.agents[0]?.limits).toEqual({ maxCostPerRun: 2, maxTurns: 80, maxRunsPerDay: 7 })
  expect(decisionsOf(plan).agents[0]?.limits).toEqual({ maxRunsPerDay: 7 })
})

test('a run asks for each turn only where something limits the cost of a day', () => {
  const limitsOf = (files: Texts) => {
    const plan = planOf(files)
    return plan.agents.map((one) => handoutOf(one, plan).limits)[0]
  }
  expect(limitsOf({})).toBeUndefined()
  expect(limitsOf(config('maxRunsPerDay = 5'))).toBeUndefined()
  expect(limitsOf(config('maxCostPerRun = 1'))).toEqual({ maxCostPerRun: 1 })
  expect(limitsOf(config('maxCostPerDay = 1'))).toEqual({ asksForTurns: true })
  expect(limitsOf(agent('maxCostPerDay = 1\nmaxTurns = 3'))).toEqual({ maxTurns: 3, asksForTurns: true })
})

test('an environment may set a limit of its own', () => {
  const files = {
    ...config('maxCostPerDay = 5\nmaxTurns = 9'),
    'environments/prod.toml': '[limits]\nmaxCostPerDay = 50\n',
  }
  expect(planOf(files, 'prod').limits.maxCostPerDay).toBe(50)
  expect(planOf(files, 'prod').agents[0]?.limits).toEqual({ maxTurns: 9 })
})

test.each([
  ['maxCostPerDay = 0', 'limits.maxCostPerDay: expected an amount of US dollars above 0, got 0'],
  ['maxCostPerRun = "2"', 'limits.maxCostPerRun: expected an amount of US dollars above 0, got "2"'],
  ['maxTurns = 1.5', 'limits.maxTurns: expected a whole number, at least 1, got 1.5'],
  ['maxRunsPerDay = -1', 'limits.maxRunsPerDay: expected a whole number, at least 1, got -1'],
  ['maxCostPerDays = 1', 'limits.maxCostPerDays: unknown key (did you mean "maxCostPerDay"?)'],
])('%s is refused, in the project and in an agent', (line, message) => {
  expect(problemsOf(config(line))).toEqual([message])
  expect(problemsOf(agent(line))).toEqual([message])
})

test('a cost limit on a model without a price is refused where it is set, and warned of where it is inherited', () => {
  const own = (lines: string) => ({ 'agents/a/agent-config.toml': `${agentToml}${custom}[limits]\n${lines}\n` })
  expect(problemsOf(own('maxCostPerRun = 1\nmaxTurns = 5'))).toEqual([
    'limits.maxCostPerRun: the price of a custom model is not known, so its cost cannot be limited: use maxTurns or maxRunsPerDay',
  ])
  const plan = planOf({ ...config('maxCostPerRun = 1\nmaxCostPerDay = 9'), ...own('maxTurns = 5') })
  expect(plan.agents.map((one) => handoutOf(one, plan).limits)).toEqual([{ maxTurns: 5 }])
  expect(plan.warnings).toContainEqual(expect.stringContaining('agent "a" uses a custom model'))
})

test('misfire says what becomes of missed minutes: skip if nothing is said, and only with a schedule', () => {
  const misfireOf = (lines: string) => {
    const plan = planOf({ 'agents/a/agent-config.toml': `credentials = []\nschedule = "0 * * * *"\n${lines}` })
    return decisionsOf(plan).agents[0]?.schedule
  }
  expect(misfireOf('')).toEqual({ line: '0 * * * *', timezone: 'UTC' })
  expect(misfireOf('misfire = "skip"\n')).toEqual({ line: '0 * * * *', timezone: 'UTC' })
  expect(misfireOf('misfire = "once"\n')).toEqual({ line: '0 * * * *', timezone: 'UTC', misfire: 'once' })
  expect(problemsOf({ 'agents/a/agent-config.toml': 'credentials = []\nscale = 0\nmisfire = "once"\n' })).toEqual([
    expect.stringContaining('misfire: says what becomes of missed minutes'),
  ])
  expect(problemsOf({ 'agents/a/agent-config.toml': 'schedule = "0 * * * *"\nmisfire = "one"\n' })).toEqual([
    'misfire: expected one of skip, once, got "one" (did you mean "once"?)',
  ])
})

test('agents with the same credential share its circuit breaker; one without a key is known by its own identity', () => {
  const keyOf = (lines: string) =>
    decisionsOf(planOf({ 'agents/a/agent-config.toml': `schedule = "0 * * * *"\n${lines}` })).agents[0]?.modelKey
  expect(keyOf('')).toBe('anthropic_key:default')
  expect(keyOf('credentials = ["anthropic_key:team"]\n')).toBe('anthropic_key:team')
  expect(keyOf('[model]\nprovider = "bedrock"\nmodel = "x"\n')).toBeUndefined()
})
