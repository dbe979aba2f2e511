import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { modelToml } from '../../core/project/testing/project-in-memory.ts'
import { al, problemsIn, tempProject } from '../support/temp-project.ts'

const config = `${modelToml}\n# signed\n[webhooks.hooks]\ntype = "github"\ncredential = "acme"\n`
const agent = `# What it is for.
credentials = [
  "github_token:acme", # of the bot
  "git_ssh",
]
schedule = "0 5 * * *" # before anybody is up
scale = 2

# The label decides.
[[webhooks]]
source = "hooks" # not github
labels = ["go"]

[params]
limit = 1.0 # a float
since = 2026-01-01
name = "3" # a text
`
const inline = { 'config.toml': config, 'agents/dev/agent-config.toml': agent, 'agents/dev/ACTIONS.md': 'Do it.\n' }

function project() {
  const directory = tempProject(inline)
  const file = 'agents/dev/agent-config.toml'
  return {
    directory,
    read: (path = file) => readFileSync(join(directory, path), 'utf8'),
    write: (text: string) => writeFileSync(join(directory, file), text),
    config: (...flags: string[]) => al(['agent', 'config', 'dev', '-p', directory, ...flags]),
    make: (...words: string[]) => al(['agent', 'new', '-p', directory, ...words]),
  }
}

describe('al agent config', () => {
  test('adds and removes credentials; instances, comments and the rest stay as they are', () => {
    const { config: change, read } = project()
    expect(change('--add-credential', 'linear_token:x', '--remove-credential', 'git_ssh').code).toBe(0)
    expect(read()).toBe(agent.replace('  "git_ssh",\n', '  "linear_token:x",\n'))
  })

  test('a credential that is listed is not listed twice', () => {
    const { config: change, read } = project()
    expect(change('--add-credential', 'git_ssh:default').stdout).toContain('nothing was changed')
    expect(read()).toBe(agent)
  })

  test('changes the schedule, and its comment stays', () => {
    const { config: change, read } = project()
    change('--schedule', '30 6 * * MON-FRI', '--timezone', 'Europe/Berlin')
    expect(read()).toBe(
      agent
        .replace('"0 5 * * *"', '"30 6 * * MON-FRI"')
        .replace('scale = 2\n', 'scale = 2\ntimezone = "Europe/Berlin"\n'),
    )
    change('--no-schedule')
    expect(read()).not.toContain('schedule =')
    expect(read()).toContain('# before anybody is up')
  })

  test('an inherited model is not frozen by another change, and can be inherited again', () => {
    const { config: change, read } = project()
    change('--scale', '3')
    expect(read()).not.toContain('[model]')
    change('--provider', 'openai', '--model', 'gpt-5.5')
    expect(read()).toContain('\n[model]\nprovider = "openai"\nmodel = "gpt-5.5"\n')
    change('--inherit-model')
    expect(read()).toBe(agent.replace('scale = 2', 'scale = 3'))
  })

  test('types of values stay, and what is typed as TOML is TOML', () => {
    const { config: change, read } = project()
    change(
      '--set-param',
      'count=3',
      '--set-param',
      'repos=["a/b"]',
      '--set-param',
      'text="3"',
      '--set-param',
      'plain=a b',
    )
    const added = 'count = 3\nrepos = ["a/b"]\ntext = "3"\nplain = "a b"\n'
    expect(read()).toBe(agent + added)
    change('--remove-param', 'since', '--set-param', 'limit=2.0')
    expect(read()).toBe((agent + added).replace('since = 2026-01-01\n', '').replace('1.0', '2.0'))
  })

  test('adds and removes triggers; a source named like its provider is made in config.toml', () => {
    const { config: change, read } = project()
    change('--webhook', 'mintlify events=build branches=main')
    expect(read()).toContain(
      'labels = ["go"]\n\n[[webhooks]]\nsource = "mintlify"\nevents = ["build"]\nbranches = ["main"]\n\n[params]',
    )
    expect(read('config.toml')).toBe(`${config}\n[webhooks.mintlify]\ntype = "mintlify"\ncredential = "default"\n`)
    change('--remove-webhook', '2')
    expect(read()).toBe(agent)
    change('--add-source', 'errors=sentry:prod', '--webhook', 'errors resources=event_alert')
    expect(read('config.toml')).toContain('[webhooks.errors]\ntype = "sentry"\ncredential = "prod"\n')
  })

  test.each([
    [['--schedule', '61 * * * *'], 3, 'schedule: minute 61 is outside 0–59'],
    [['--schedule', '0 0 * *'], 3, 'schedule: '],
    [['--timezone', 'Mars'], 3, 'expected an IANA time zone'],
    [['--webhook', 'nowhere labels=x'], 3, 'no [webhooks] source "nowhere"'],
    [['--webhook', 'hooks resources=x'], 3, 'sources of type "github" have no such filter'],
    [['--webhook', 'hooks label=x'], 2, '"label=x" is no filter (did you mean "labels"?)'],
    [['--add-credential', 'githubtoken'], 2, 'unknown credential type "githubtoken" (did you mean "github_token"?)'],
    [['--add-credential', 'github_token:../..'], 2, 'is not a name'],
    [['--add-credential', 'github_webhook_secret'], 2, 'is read by the gateway only'],
    [['--remove-credential', 'github_token'], 2, 'it is not listed (did you mean "github_token:acme"?)'],
    [['--remove-webhook', '2'], 2, 'the agent has 1 to 1'],
    [['--remove-param', 'limits'], 2, 'there is none (did you mean "limit"?)'],
    [['--set-param', 'x'], 2, 'write key=value'],
    [['--provider', 'antropic'], 2, "argument 'antropic' is invalid"],
    [['--add-source', 'a=b'], 2, 'types are github, sentry, linear, mintlify, test'],
    [['--model', 'm'], 3, 'provider'],
    [[], 2, 'there is no terminal for the menu'],
  ] as const)('%j is refused, and nothing is written', (flags, expected, message) => {
    const { config: change, read } = project()
    const { code, stderr, stdout } = change(...flags)
    expect([code, stdout]).toEqual([expected, ''])
    expect(stderr).toContain(message)
    expect([read(), read('config.toml')]).toEqual([agent, config])
  })

  test('a source of an environment is left to it, unless a new trigger names it', () => {
    const { config: change, write, read } = project()
    write(agent.replace('source = "hooks"', 'source = "github"'))
    expect(change('--scale', '3').code).toBe(0)
    expect(read('config.toml')).toBe(config)
  })

  test('what was wrong before is no reason to refuse', () => {
    const { config: change, write, read } = project()
    write(`${agent}wrong = 1\n[mistake]\n`)
    expect(change('--scale', '3').code).toBe(0)
    expect(read()).toBe(`${agent.replace('scale = 2', 'scale = 3')}wrong = 1\n[mistake]\n`)
  })

  test('an unknown agent, and a file that is no TOML, are named; its text is not repeated', () => {
    const { directory, config: change, write } = project()
    const unknown = al(['agent', 'config', 'deb', '-p', directory, '--scale', '1'])
    expect(unknown.stderr).toContain('did you mean "dev"?')
    write('schedule = "0 5 * * *"\ntoken = ghp_canary')
    const { code, stderr } = change('--scale', '1')
    expect(code).toBe(3)
    expect(stderr).toContain('agents/dev/agent-config.toml:2')
    expect(stderr).not.toContain('canary')
  })
})

describe('al agent new', () => {
  test('makes an agent that compiles, with the source it listens to', () => {
    const { directory, make, read } = project()
    const { code, stdout } = make('planner', '--template', 'planner', '--repo', 'acme/app')
    expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, `Next: al doctor -p ${directory}`])
    expect(problemsIn(directory, { provider: 'local' })).toEqual([])
    expect(read('agents/planner/agent-config.toml')).toContain('repos = ["acme/app"]')
    expect(read('config.toml')).toBe(`${config}\n[webhooks.github]\ntype = "github"\ncredential = "default"\n`)
  })

  test('takes its triggers from flags', () => {
    const { directory, make, read } = project()
    expect(make('nightly', '--template', 'empty', '--schedule', '5 3 * * *', '--timezone', 'Europe/Berlin').code).toBe(
      0,
    )
    expect(read('agents/nightly/agent-config.toml')).toContain('schedule = "5 3 * * *"')
    expect(make('hooked', '--template', 'empty', '--webhook', 'hooks labels=x').code).toBe(0)
    expect(read('agents/hooked/agent-config.toml')).not.toMatch(/^schedule/m)
    expect(problemsIn(directory, { provider: 'local' })).toEqual([])
  })

  test.each([
    [['dev', '--template', 'empty'], 2, 'an agent "dev" is there already'],
    [['Dev', '--template', 'empty'], 2, '"Dev" is no name of an agent'],
    [['default', '--template', 'empty'], 2, '"default" is reserved'],
    [['../x', '--template', 'empty'], 2, 'is no name of an agent'],
    [['x', '--template', 'custom'], 2, 'Allowed choices are empty, dev, reviewer, planner, devops'],
    [['x', '--template', 'dev', '--repo', 'not a repository'], 2, 'write owner/name'],
    [['x', '--template', 'empty', '--schedule', '* * *'], 3, 'schedule'],
    [['x'], 2, 'with --template <name>'],
  ] as const)('%j is refused, and nothing is written', (words, expected, message) => {
    const { make, read, directory } = project()
    const { code, stderr, stdout } = make(...words)
    expect([code, stdout]).toEqual([expected, ''])
    expect(stderr).toContain(message)
    expect(read('config.toml')).toBe(config)
    expect(problemsIn(directory, { provider: 'local' })).toEqual([])
  })

  test('in a directory that is no project, or an agent, it says so', () => {
    const { directory } = project()
    const nowhere = al(['agent', 'new', 'x', '--template', 'empty', '-p', join(directory, '..')])
    expect([nowhere.code, nowhere.stderr.includes('no project here: name one with -p')]).toEqual([3, true])
    const inside = al(['agent', 'new', 'x', '--template', 'empty', '-p', join(directory, 'agents/dev')])
    expect([inside.code, inside.stderr.includes('is the directory of an agent')]).toEqual([3, true])
  })
})
