import { describe, expect, test } from 'vitest'
import { agentToml, modelToml } from '../../core/project/testing/project-in-memory.ts'
import { problemsIn, problemsOf, tempProject } from '../support/temp-project.ts'

const config = (more: string) => ({ 'config.toml': modelToml + more, 'agents/a/agent-config.toml': agentToml })
const agent = (text: string) => ({ 'config.toml': modelToml, 'agents/a/agent-config.toml': text })
const named = (name: string) => ({ 'config.toml': modelToml, [`agents/${name}/agent-config.toml`]: agentToml })
const own = 'agents/a/agent-config.toml'

test('the least project is right', () => {
  expect(problemsOf(config(''))).toEqual([])
})

test('an agent whose model neither it nor a config.toml names is told so', () => {
  const missing = [`${own} model: missing: neither this file nor config.toml has a [model]`]
  expect(problemsOf({ [own]: agentToml })).toEqual(missing)
  expect(problemsOf({ [own]: agentToml, 'config.toml': '' })).toEqual(missing)
  expect(problemsOf({ [own]: agentToml + modelToml })).toEqual([])
  expect(problemsOf({ [own]: agentToml + modelToml, 'config.toml': '' })).toEqual([])
})

test('a project without agents says what an agent is', () => {
  const none = ['agents: no agents: an agent is a directory agents/<name>/ with an agent-config.toml']
  expect(problemsOf({ 'config.toml': modelToml })).toEqual(none)
  expect(problemsOf({ 'agents/a/notes.md': '' })).toEqual(none)
  expect(problemsOf({ 'agents/.hidden/agent-config.toml': agentToml })).toEqual(none)
})

test('a directory that is no project says so, and how to name or make one', () => {
  const none = ['config.toml: no project here: name one with -p, or make one with `al new <name>`']
  expect(problemsOf({})).toEqual(none)
  expect(problemsOf({ 'notes.md': '', 'src/main.ts': '' })).toEqual(none)
})

test('from inside the directory of agents, what is missing is the project', () => {
  expect(problemsOf({ 'dev/agent-config.toml': agentToml, 'dev/ACTIONS.md': '' })).toContain(
    'config.toml: there is none here; if this is not the project, name it with -p (the directory that holds config.toml)',
  )
  expect(problemsOf({ 'dev/agent-config.toml': agentToml + modelToml, 'dev/ACTIONS.md': '' })).toEqual([])
})

test('a directory that is nearly an agent says what it lacks', () => {
  expect(problemsOf({ ...config(''), 'agents/b/ACTIONS.md': 'no configuration' })).toEqual([
    'agents/b: has an ACTIONS.md but no agent-config.toml, so it is no agent',
  ])
  expect(problemsOf({ ...config(''), 'agents/b/agent_config.toml': agentToml })).toEqual([
    'agents/b/agent_config.toml: rename this to agent-config.toml',
  ])
})

describe('syntax', () => {
  test.each([
    ['a = 1\nb = \nc = 2\n', 2],
    ['a = 1\n\n\n[x\ny = 1\n', 4],
    ['a = 1\na = 2\n', 2],
    ['a = "open\nb = 1\n', 1],
    ['a = """open\n\n', 1],
    ['\r\n\r\n!', 3],
    ['a = 99999999999999999999', 1],
  ])('the line of the error in %j is %i', (text, line) => {
    const [problem, ...others] = problemsOf({ 'config.toml': text, [own]: agentToml })
    expect(problem).toMatch(new RegExp(`^config\\.toml:${line}: not valid TOML at column \\d+: [a-z]`))
    expect(others).toEqual([])
  })

  test('errors in several files are told together, and with what is wrong elsewhere', () => {
    const problems = problemsOf({
      'config.toml': 'x',
      'agents/a/agent-config.toml': '= 1',
      'agents/b/agent-config.toml': 'scale = "many"\nschedule = "61 * * * *"\n',
    })
    expect(problems.map((line) => line.split(/: /)[0])).toEqual([
      'agents/a/agent-config.toml:1',
      'agents/b/agent-config.toml:1 scale',
      'agents/b/agent-config.toml:2 schedule',
      'config.toml:1',
    ])
  })
})

describe('names', () => {
  test.each(['a', 'a1', '1', 'a-b', 'x'.repeat(63)])('%s is a name for an agent', (name) => {
    for (const provider of ['ecs', 'cloud-run'] as const)
      expect(problemsIn(tempProject(named(name)), { provider })).toEqual([])
  })

  test.each(['x'.repeat(64), 'Dev', 'a_b', '-a', 'a-', 'a.b', 'ä', 'a b'])('%s is none', (name) => {
    expect(problemsOf(named(name))).toEqual([
      `agents/${name}/agent-config.toml: the directory's name is no agent name: 1–63 lower-case letters, digits and hyphens, no hyphen first or last`,
    ])
  })

  test('"default" is reserved', () => {
    expect(problemsOf(named('default'))).toEqual([expect.stringContaining('the name "default" is reserved')])
  })

  test('an agent lives in agents/ or beside config.toml, not in both', () => {
    expect(problemsOf({ 'config.toml': modelToml, 'a/agent-config.toml': agentToml })).toEqual([])
    expect(problemsOf({ ...named('a'), 'a/agent-config.toml': agentToml })).toEqual([
      'a/agent-config.toml: agent "a" exists in agents/a/ too; keep one of the two',
    ])
  })

  test.each(['gh', 'a_B-9', 'x'.repeat(63)])('%s is a name for a webhook source', (name) => {
    expect(problemsOf(config(`[webhooks.${name}]\ntype = "github"\n`))).toEqual([])
  })

  test.each(['x'.repeat(64), '"a b"', '"a/b"', '".."', '-a', '""', '"%2e"'])('%s is none', (name) => {
    expect(problemsOf(config(`[webhooks.${name}]\ntype = "github"\n`))).toEqual([
      expect.stringMatching(/^config\.toml:4 webhooks\..*: a source is named by 1–63 letters/),
    ])
  })

  test('a project is called what it says, else like its directory, if that gives a name', () => {
    expect(problemsOf(config(''))).toEqual([])
    expect(problemsOf({ ...config(''), 'config.toml': `projectName = "My_Agents"\n${modelToml}` })).toEqual([
      expect.stringMatching(/^config\.toml:1 projectName: expected 1–63 lower-case letters/),
    ])
  })
})

describe('limits', () => {
  test.each([
    ['memory = "10g"', 900, undefined],
    ['memory = 10240', 900, undefined],
    ['memory = 10241', 900, 'memory: 10241 MiB is more than Lambda offers (10240 MiB)'],
    ['cpus = 5.7', 900, undefined],
    ['cpus = 5.8', 900, 'cpus: 5.8 CPUs is more than Lambda offers (5.7 CPUs)'],
    ['memory = "120g"', 901, undefined],
    ['memory = "121g"', 901, 'memory: 123904 MiB is more than Fargate offers (16 vCPU, 122880 MiB)'],
    ['cpus = 16', 901, undefined],
    ['cpus = 17', 901, 'cpus: 17 CPUs is more than Fargate offers (16 vCPU, 122880 MiB)'],
  ])('%s with a timeout of %i s: %s', (line, timeout, expected) => {
    const problems = problemsOf(config(`[local]\ntimeout = ${timeout}\n${line}\n`))
    expect(problems).toEqual(expected === undefined ? [] : [expect.stringContaining(`config.toml:6 local.${expected}`)])
  })

  test('both are named when both are too much', () => {
    for (const [timeout, provider] of [
      [900, 'ecs'],
      [901, 'ecs'],
      [900, 'cloud-run'],
    ] as const) {
      const project = tempProject(config(`[local]\ntimeout = ${timeout}\nmemory = "999g"\ncpus = 99\n`))
      const problems = problemsIn(project, { provider })
      expect(problems.map((line) => line.split(':')[1])).toEqual(['6 local.memory', '7 local.cpus'])
    }
  })

  test('a parked agent asks for nothing and is too large for nothing', () => {
    const parked = { 'config.toml': `${modelToml}[local]\nmemory = "999g"\n`, [own]: 'scale = 0\n' }
    expect(problemsOf(parked)).toEqual([])
  })

  test.each([-1, 1.5, '"2"'])('scale = %s is refused', (scale) => {
    expect(problemsOf(agent(`${agentToml}scale = ${scale}\n`))).toEqual([
      `${own}:2 scale: expected a whole number, at least 0, got ${scale}`,
    ])
  })

  test('an agent cannot run more often than the project', () => {
    const problems = problemsOf({ 'config.toml': `scale = 2\n${modelToml}`, [own]: `${agentToml}scale = 3\n` })
    expect(problems).toEqual([expect.stringContaining(`${own}:2 scale: 3 is more than the project's scale of 2`)])
  })

  test.each(['61 * * * *', '* * * *', '0 0 31 2 *', '0 0 L * *', '0 0 * * 1#2', '* * * * * *', '@reboot', ''])(
    'the schedule %j never fires or is no cron line',
    (line) => {
      const problems = problemsOf(agent(`schedule = "${line}"\n`))
      expect(problems).toEqual([expect.stringMatching(/^agents\/a\/agent-config\.toml:1 schedule: ./)])
    },
  )

  test.each(['Mars/Olympus', '+02:00', 'EST5', 'europe/berlin'])('%s is no time zone', (zone) => {
    expect(problemsOf(agent(`timezone = "${zone}"\n${agentToml}`))).toEqual([
      `${own}:1 timezone: expected an IANA time zone such as "Europe/Berlin", got "${zone}"`,
    ])
  })

  test('an agent that nothing starts is refused', () => {
    expect(problemsOf(agent('credentials = []\n'))).toEqual([expect.stringContaining('nothing starts this agent')])
    expect(problemsOf(agent('webhooks = []\n'))).toEqual([expect.stringContaining('nothing starts this agent')])
  })
})
