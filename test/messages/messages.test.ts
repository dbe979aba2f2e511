import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startAl } from '../cli-client/scripted-host.ts'
import { canary } from '../creds/store.ts'
import { agentFiles, type Files } from '../support/synth-project.ts'
import { tempDirectory, tempProject } from '../support/temp-project.ts'

/** What somebody typed, and what they have to be told: the wrong thing, and what to do about it. */
interface Mistake {
  readonly title: string
  readonly files?: Files
  readonly credentials?: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly stdin?: string
  readonly code: number
  /** Each is a part of what is printed, on whichever stream. */
  readonly says: readonly string[]
  readonly never?: readonly string[]
}

const model = '[model]\nprovider = "anthropic"\nmodel = "claude-sonnet-5"\n'
const process = '[local]\nruntime = "process"\n'
const hourly = 'schedule = "0 * * * *"\n'
const key = { 'anthropic_key/default/token': 'sk-ant-1' }
const doctor = ['doctor', '--check']

const configuration: readonly Mistake[] = [
  {
    title: 'an agent without `credentials` is no crash: it has none',
    files: { 'config.toml': model + process, ...agentFiles('dev', hourly) },
    credentials: key,
    command: ['synth', '--json', '-o', 'out'],
    code: 0,
    says: ['"name": "dev"'],
  },
  {
    title: 'no [model] anywhere names both files it could stand in',
    files: { 'config.toml': process, ...agentFiles('dev', hourly) },
    command: doctor,
    code: 3,
    says: ['agents/dev/agent-config.toml model: missing: neither this file nor config.toml has a [model]'],
  },
  {
    title: 'wrong cron, provider, authType and types of values are told of all agents at once',
    files: {
      'config.toml': model.replace('anthropic', 'antropic') + process,
      ...agentFiles('a', 'schedule = "* * * *"\n'),
      ...agentFiles('b', `${hourly}scale = "two"\n`),
      ...agentFiles('c', `${hourly}[model]\nprovider = "openai"\nmodel = "m"\nauthType = "apikey"\n`),
    },
    command: doctor,
    code: 3,
    says: [
      'config.toml:2 model.provider: expected one of',
      '(did you mean "anthropic"?)',
      'agents/a/agent-config.toml:1 schedule:',
      'agents/b/agent-config.toml:2 scale: expected a whole number, at least 0, got "two"',
      '(did you mean "api_key"?)',
    ],
  },
  {
    title: 'a misspelt key says which one was meant',
    files: { 'config.toml': `workQueuSize = 3\n${model + process}`, ...agentFiles('dev', `${hourly}timeot = 3\n`) },
    command: doctor,
    code: 3,
    says: ['unknown key (did you mean "workQueueSize"?)', 'unknown key (did you mean "timeout"?)'],
  },
  {
    title: 'a model nobody knows is named with its nearest relative',
    files: { 'config.toml': model.replace('sonnet-5', 'sonet-5') + process, ...agentFiles('dev', hourly) },
    credentials: key,
    command: doctor,
    code: 0,
    says: ['is not in the list of anthropic\'s models (did you mean "claude-sonnet-5"?)'],
  },
  {
    title: 'a custom provider without an address says what it needs',
    files: { 'config.toml': '[model]\nprovider = "custom"\nmodel = "m"\n', ...agentFiles('dev', hourly) },
    command: doctor,
    code: 3,
    says: ['model.baseUrl: missing: a custom provider needs the URL', 'model.api: missing'],
  },
  {
    title: "a person's own login is refused for agents, with what to do that helps",
    files: { 'config.toml': `${model}authType = "pi_auth"\n`, ...agentFiles('dev', hourly) },
    command: doctor,
    code: 3,
    says: ['"pi_auth" is a login of your own machine that no agent can use; store a key and use "api_key"'],
  },
  {
    title: 'an unknown source lists those that there are',
    files: {
      'config.toml': `${model}[webhooks.github]\ntype = "github"\ncredential = "a"\n`,
      ...agentFiles('dev', '[[webhooks]]\nsource = "gihub"\n'),
    },
    command: doctor,
    code: 3,
    says: ['no [webhooks] source "gihub" (did you mean "github"?)'],
  },
  {
    title: 'a filter of another provider says which ones this one has',
    files: {
      'config.toml': `${model}[webhooks.in]\ntype = "sentry"\ncredential = "a"\n`,
      ...agentFiles('dev', '[[webhooks]]\nsource = "in"\nlabels = ["x"]\n'),
    },
    command: doctor,
    code: 3,
    says: ['sources of type "sentry" have no such filter', 'they have resources'],
  },
  {
    title: 'filters on conclusions and on projects of Mintlify are taken',
    files: {
      'config.toml': `${model + process}[webhooks.github]\ntype = "github"\ncredential = "a"\n[webhooks.docs]\ntype = "mintlify"\ncredential = "a"\n`,
      ...agentFiles(
        'dev',
        '[[webhooks]]\nsource = "github"\nconclusions = ["failure"]\n[[webhooks]]\nsource = "docs"\nprojects = ["p"]\n',
      ),
    },
    credentials: { ...key, 'github_webhook_secret/a/secret': 'x', 'mintlify_webhook_secret/a/secret': 'x' },
    command: doctor,
    code: 0,
    says: ['github_webhook_secret:a secret'],
  },
  {
    title: 'TOML that cannot be read names file, line and column, and repeats nothing of it',
    files: { 'config.toml': `${model}token = ghp_${canary}\n`, ...agentFiles('dev', hourly) },
    command: doctor,
    code: 3,
    says: ['config.toml:4: not valid TOML at column'],
    never: [canary],
  },
  {
    title: 'a secret in a project file is refused without being repeated',
    files: { 'config.toml': model, ...agentFiles('dev', `${hourly}[params]\ntoken = "ghp_${canary.repeat(6)}"\n`) },
    command: doctor,
    code: 3,
    says: ['params.token: holds a GitHub token; store it as a credential and list that instead'],
    never: [canary],
  },
  {
    title: 'a project without agents says what an agent is',
    files: { 'config.toml': model },
    command: doctor,
    code: 3,
    says: ['no agents: an agent is a directory agents/<name>/ with an agent-config.toml'],
  },
  {
    title: 'the directory of an agent is no project',
    files: { 'agent-config.toml': hourly },
    command: doctor,
    code: 3,
    says: ['this is the directory of an agent; name its project with -p'],
  },
  {
    title: 'an environment that is not defined names the file that would define it',
    files: { 'config.toml': model, ...agentFiles('dev', hourly) },
    command: [...doctor, '-E', 'stage'],
    code: 3,
    says: ['environment "stage" is not defined; create this file'],
  },
]

const credentials: readonly Mistake[] = [
  {
    title: 'no reference to a credential leads out of the store',
    command: ['creds', 'rm', 'x:..', '--yes'],
    credentials: key,
    code: 2,
    says: ['instance ".." is not a name'],
  },
  {
    title: 'a source that nobody signs is told by doctor, with the command that helps',
    files: {
      'config.toml': `${model + process}[webhooks.github]\ntype = "github"\n`,
      ...agentFiles('dev', '[[webhooks]]\nsource = "github"\n'),
    },
    credentials: key,
    command: doctor,
    code: 3,
    says: ['nothing signs its deliveries', 'al creds add github_webhook_secret'],
  },
  {
    title: 'keys of other providers, and secrets of Linear and Mintlify, are asked for; the key of Anthropic is not',
    files: {
      'config.toml': `[model]\nprovider = "mistral"\nmodel = "mistral-large-latest"\n${process}[webhooks.l]\ntype = "linear"\ncredential = "a"\n[webhooks.m]\ntype = "mintlify"\ncredential = "b"\n`,
      ...agentFiles('dev', '[[webhooks]]\nsource = "l"\n[[webhooks]]\nsource = "m"\n'),
    },
    command: doctor,
    code: 4,
    says: [
      '`al creds add mistral_key`',
      '`al creds add linear_webhook_secret:a`',
      '`al creds add mintlify_webhook_secret:b`',
      'error: 3 credentials are missing',
    ],
    never: ['anthropic_key'],
  },
  {
    title: '`al start` names every credential that is missing, and never the command that has just failed',
    files: { 'config.toml': model + process, ...agentFiles('dev', `${hourly}credentials = ["linear_token"]\n`) },
    command: ['start', '-H'],
    code: 4,
    says: ['2 credentials are missing', 'al creds add anthropic_key', 'al creds add linear_token'],
    never: ['`al start`'],
  },
  {
    title: 'an OAuth token of Anthropic is as good as a key',
    command: ['creds', 'add', 'anthropic_key', '--from-stdin'],
    stdin: `sk-ant-oat01-${canary}`,
    code: 0,
    says: ['stored anthropic_key'],
    never: [canary],
  },
  {
    title: 'optional fields may be left out',
    command: ['creds', 'add', 'linear_oauth', '--from-stdin'],
    stdin: '{"client_id":"a","client_secret":"b","access_token":"c"}',
    code: 0,
    says: ['stored linear_oauth (client_id, client_secret, access_token)'],
  },
  {
    title: 'a type that is not known lists where the known ones are',
    command: ['creds', 'add', 'githubtoken', '--from-stdin'],
    stdin: canary,
    code: 2,
    says: ['unknown credential type "githubtoken" (did you mean "github_token"?); `al creds types` lists the types'],
    never: [canary],
  },
  {
    title: 'a key that is no key is refused by its look',
    command: ['creds', 'add', 'openai_key', '--from-stdin'],
    stdin: canary,
    code: 4,
    says: ['token of openai_key does not look like one (OpenAI API Credential): it begins with sk-'],
    never: [canary],
  },
  {
    title: 'a value never comes from the command line',
    command: ['creds', 'add', 'openai_key', `sk-${canary}`],
    code: 2,
    says: ['a value does not belong on the command line, which others can read: give it with --from-stdin or --file'],
    never: [canary],
  },
]

const scaffolding: readonly Mistake[] = [
  {
    title: 'a new project needs no terminal, and no package of a version that nobody chose',
    command: ['new', 'fresh', '--yes', '--json'],
    code: 0,
    says: ['"next": "cd fresh && al doctor"'],
    never: ['package.json', 'latest'],
  },
  {
    title: 'the template devops is there, and makes an agent that compiles',
    files: { 'config.toml': model, ...agentFiles('dev', hourly) },
    command: ['agent', 'new', 'ops', '--template', 'devops', '--repo', 'acme/app', '--json'],
    code: 0,
    says: ['agents/ops/ACTIONS.md', 'config.toml'],
  },
  {
    title: 'a source of Mintlify can be made',
    files: { 'config.toml': model, ...agentFiles('dev', hourly) },
    command: ['agent', 'config', 'dev', '--webhook', 'mintlify events=build'],
    code: 0,
    says: ['changed agents/dev/agent-config.toml and config.toml'],
  },
  {
    title: 'a schedule that no clock can follow is refused before it is written',
    files: { 'config.toml': model, ...agentFiles('dev', hourly) },
    command: ['agent', 'config', 'dev', '--schedule', '0 0 L * *'],
    code: 3,
    says: ['agents/dev/agent-config.toml:1 schedule:'],
  },
  {
    title: 'a check of an environment that fails does not end with 0',
    files: { 'config.toml': model, ...agentFiles('dev', hourly), 'environments/bad.toml': 'scale = 0\n' },
    command: ['env', 'check', 'bad'],
    code: 3,
    says: ['environments/bad.toml:1 scale: expected a whole number, at least 1, got 0'],
  },
  {
    title: 'what needs a host says how to start one',
    files: { 'config.toml': model, ...agentFiles('dev', hourly) },
    command: ['stop'],
    code: 1,
    says: ['nothing runs for this project: start it with `al start`'],
  },
  {
    title: 'an agent that is not there lists those that are',
    files: { 'config.toml': model, ...agentFiles('dev', hourly) },
    command: ['agent', 'config', 'deb', '--scale', '1'],
    code: 3,
    says: ['did you mean "dev"?'],
  },
]

describe.each([
  ['about the project', configuration],
  ['about credentials', credentials],
  ['about making and changing', scaffolding],
])('%s', (_, mistakes) => {
  test.each(mistakes.map((one) => [one.title, one] as const))('%s', async (_title, mistake) => {
    const { files = {}, credentials: stored = {}, command, stdin, code, says, never = [] } = mistake
    const cwd = tempProject(files)
    const home = tempDirectory()
    for (const [path, value] of Object.entries(stored)) {
      mkdirSync(dirname(join(home, path)), { recursive: true })
      writeFileSync(join(home, path), value, { mode: 0o600 })
    }
    const env = { AL_CREDENTIALS_HOME: home, HOME: home }
    const {
      code: ended,
      stdout,
      stderr,
    } = await startAl(command, { cwd, env, ...(stdin !== undefined && { stdin }) }).ended
    const printed = stdout + stderr
    for (const text of says) expect(printed).toContain(text)
    for (const text of never) expect(printed).not.toContain(text)
    expect(ended, printed).toBe(code)
    expect(printed).not.toContain('this should not happen')
    // An error has no full stop at its end; a lone one is the directory. What can be typed, commander says in its own way.
    const own = stderr.split('\n').filter((line) => line.startsWith('error: ') && !line.includes('Expected'))
    for (const line of own) expect(line).not.toMatch(/\S\.$/)
  })
})
