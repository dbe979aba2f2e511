import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Check } from '../../cli/doctor/check.ts'
import { machineChecks } from '../../cli/doctor/machine-checks.ts'
import { startAl } from '../cli-client/scripted-host.ts'
import { canary } from '../creds/store.ts'
import { freePort, listenOnLoopback } from '../support/loopback.ts'
import { agentFiles } from '../support/synth-project.ts'
import { tempDirectory, tempProject } from '../support/temp-project.ts'

interface Report {
  readonly ok: boolean
  readonly problems: readonly { readonly file: string; readonly message: string }[]
  readonly checks: readonly Check[]
}

/** A project and a store; `doctor` answers the report of `--json` and the exit code. */
async function patient(files: Readonly<Record<string, string>>, credentials: Readonly<Record<string, string>> = {}) {
  const port = await freePort()
  const home = tempDirectory()
  for (const [path, value] of Object.entries(credentials)) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), value, { mode: 0o600 })
  }
  const gateway = `[gateway]\nport = ${port}\n[local]\nruntime = "process"\n`
  const project = tempProject({ ...files, 'config.toml': `${files['config.toml'] ?? ''}\n${gateway}` })
  return {
    project,
    home,
    port,
    async doctor(...flags: string[]) {
      const env = { AL_CREDENTIALS_HOME: home }
      const { ended } = startAl(['doctor', '--json', '-p', project, ...flags], { cwd: project, env })
      const { code, stdout, stderr } = await ended
      return { code, stderr, stdout, ...(JSON.parse(stdout) as Report) }
    },
  }
}

const key = { 'anthropic_key/default/token': `sk-ant-${canary}` }
const model = '[model]\nprovider = "anthropic"\nmodel = "claude-sonnet-5"\n'
const good = { 'config.toml': model, ...agentFiles('dev', 'schedule = "0 6 * * *"\n') }

const of = (checks: readonly Check[], kind: Check['kind']) => checks.filter((one) => one.kind === kind)

test('a project with all it needs is well', async () => {
  const { doctor } = await patient(good, key)
  const { code, ok, checks } = await doctor()
  expect([code, ok]).toEqual([0, true])
  expect(checks.filter(({ state }) => !['ok', 'optional'].includes(state))).toEqual([])
})

test('a command that is told as data leads to the same project, too', async () => {
  const { doctor, project } = await patient(good, key)
  const { checks } = await doctor()
  expect(of(checks, 'deploy')[0]?.todo).toBe(`\`al setup cloud -p ${project}\`, when it is to be deployed`)
})

test('everything is told in one go: problems of files, credentials, webhooks, the port, the model', async () => {
  const { doctor, port } = await patient({
    'config.toml': `${model}\n[webhooks.linear]\ntype = "linear"\ncredential = "acme"\n[webhooks.mintlify]\ntype = "mintlify"\n[webhooks.test]\ntype = "test"`,
    ...agentFiles('never', 'schedule = "0 0 30 2 *"\n'),
    ...agentFiles('wrong', 'schedul = "* * * * *"\ncredentials = ["githubtoken"]\n'),
    ...agentFiles(
      'good',
      'credentials = ["github_token"]\n[[webhooks]]\nsource = "linear"\n[model]\nprovider = "openai"\nmodel = "gpt-5.55"\n',
    ),
  })
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { code, stderr, problems, checks } = await doctor()
  expect(code).toBe(3)
  const text = problems.map(({ file, message }) => `${file} ${message}`).join('\n')
  expect(text).toContain('agents/never/agent-config.toml')
  expect(text).toContain('unknown key (did you mean "schedule"?)')
  expect(text).toContain('unknown credential type "githubtoken"')
  const missing = checks.filter(({ state }) => state === 'missing')
  expect(missing.map(({ what }) => what)).toEqual([
    `port ${port}`,
    'github_token token',
    'linear_webhook_secret:acme secret',
    'openai_key token',
    'webhook source "mintlify"',
    'webhook source "test"',
  ])
  for (const { todo } of missing) expect(todo).toBeDefined()
  expect(of(checks, 'model')[0]).toMatchObject({ what: 'model gpt-5.55', state: 'warning' })
  expect(of(checks, 'model')[0]?.detail).toContain('(did you mean "gpt-5.5"?)')
  expect(stderr).toContain('problems in')
  expect(stderr).toContain('3 credentials are missing')
})

test.each([
  ['openai', 'openai_key'],
  ['groq', 'groq_key'],
  ['google', 'google_key'],
  ['xai', 'xai_key'],
  ['mistral', 'mistral_key'],
  ['openrouter', 'openrouter_key'],
])('the key of %s is asked for, and no other', async (provider, type) => {
  const { doctor } = await patient({
    'config.toml': `[model]\nprovider = "${provider}"\nmodel = "m"\n`,
    ...agentFiles('dev', 'schedule = "0 6 * * *"\n'),
  })
  const { code, checks } = await doctor()
  const missing = of(checks, 'credential').filter(({ state }) => state === 'missing')
  expect([code, missing.map(({ what, todo }) => [what, todo])]).toEqual([
    4,
    [[`${type} token`, `\`al creds add ${type}\``]],
  ])
})

test.each(['github', 'sentry', 'linear', 'mintlify'])('the secret of %s is asked for', async (provider) => {
  const source = `[webhooks.in]\ntype = "${provider}"\ncredential = "acme"\n`
  const { doctor } = await patient(
    { 'config.toml': `${model}${source}`, ...agentFiles('dev', '[[webhooks]]\nsource = "in"\n') },
    key,
  )
  const { code, checks } = await doctor()
  const [missing] = of(checks, 'credential').filter(({ state }) => state === 'missing')
  expect(code).toBe(4)
  expect(missing?.todo).toMatch(new RegExp(`^\`al creds add ${provider}_\\w+:acme\`$`))
  expect(missing?.detail).toContain('for webhook source "in"')
})

test('a source that nobody signs is refused, unless the project says that it is meant', async () => {
  const source = (more: string) => ({
    'config.toml': `${model}[webhooks.in]\ntype = "github"\n${more}`,
    ...agentFiles('dev', '[[webhooks]]\nsource = "in"\n'),
  })
  const refused = await (await patient(source(''), key)).doctor()
  expect(refused.code).toBe(3)
  expect(of(refused.checks, 'webhook')[0]?.todo).toContain('al creds add github_webhook_secret')
  const meant = await (await patient(source('allowUnsigned = true\n'), key)).doctor()
  expect(meant.code).toBe(0)
  expect(of(meant.checks, 'webhook')[0]).toMatchObject({ state: 'warning' })
})

test('a source of a type that is never signed is not told to set what it has set', async () => {
  const source = (more: string) => ({
    'config.toml': `${model}[webhooks.in]\ntype = "test"\n${more}`,
    ...agentFiles('dev', '[[webhooks]]\nsource = "in"\n'),
  })
  const refused = await (await patient(source(''), key)).doctor()
  expect(of(refused.checks, 'webhook')[0]?.todo).toContain('set `allowUnsigned = true`')
  const meant = await (await patient(source('allowUnsigned = true\n'), key)).doctor()
  expect(of(meant.checks, 'webhook')[0]).toMatchObject({
    state: 'warning',
    todo: expect.stringContaining('never signed'),
  })
})

test('a stored value that does not look like one, or that others can read, is a warning without the value', async () => {
  const { doctor, home } = await patient(good, { 'anthropic_key/default/token': canary })
  const odd = await doctor()
  expect(odd.code).toBe(0)
  expect(of(odd.checks, 'credential').find(({ state }) => state === 'warning')?.detail).toContain(
    'it begins with sk-ant-',
  )
  expect(odd.stdout + odd.stderr).not.toContain(canary)
  chmodSync(join(home, 'anthropic_key/default/token'), 0o644)
  const open = await doctor()
  expect(of(open.checks, 'credential').find(({ state }) => state === 'warning')?.todo).toContain('chmod 600')
})

test('without a terminal, and with --check, nothing is asked and nothing is written', async () => {
  const { doctor, home } = await patient(good)
  for (const flags of [[], ['--check']]) {
    const { code, stderr } = await doctor(...flags)
    expect([code, stderr]).toEqual([4, 'error: a credential is missing\n'])
  }
  expect(of((await doctor()).checks, 'credential').map(({ what, state }) => [what, state])).toEqual([
    ['anthropic_key token', 'missing'],
    ['gateway_api_key key', 'optional'],
  ])
  expect(readdirSync(home)).toEqual([])
})

test('a directory that is none, or an agent, is told as such', async () => {
  const { project } = await patient(good)
  const at = async (directory: string) => await startAl(['doctor', '-p', directory], { cwd: project, env: {} }).ended
  expect((await at(join(project, 'nowhere'))).stderr).toContain('there is no such directory; name one with -p')
  const inside = await at(join(project, 'agents/dev'))
  expect([inside.code, inside.stderr.includes('this is the directory of an agent')]).toEqual([3, true])
})

test('a port that is taken, a disk that is full and a Docker that is silent are each a check of their own', async () => {
  const gone = async (): Promise<string> => {
    throw new Error('no answer within 10 seconds')
  }
  const directory = tempDirectory()
  const checks = await machineChecks(
    { directory, port: 8080 },
    { dockerVersion: gone, freeBytes: () => 1024 ** 2, portProblem: async () => 'something else listens on it' },
  )
  expect(checks.map(({ kind, state }) => [kind, state])).toEqual([
    ['node', 'ok'],
    ['port', 'missing'],
    ['disk', 'missing'],
  ])
  expect(of(checks, 'disk')[0]?.todo).toContain('docker system prune')
})

test('the port of its own host is no problem', async () => {
  const { project, port } = await patient(good)
  const server = createServer()
  onTestFinished(() => void server.close())
  const taken = await listenOnLoopback(server)
  mkdirSync(join(project, '.al'))
  writeFileSync(join(project, '.al/host.json'), JSON.stringify({ url: `http://127.0.0.1:${taken}`, pid: 1 }))
  const [own] = of(await machineChecks({ directory: project, port: taken }), 'port')
  expect([own?.state, own?.detail]).toEqual(['ok', "this project's host listens on it"])
  expect(port).not.toBe(taken)
})
