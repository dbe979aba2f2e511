import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { agentFiles, model } from '../support/synth-project.ts'
import { al, tempDirectory, tempProject } from '../support/temp-project.ts'

const config = `${model}
[local]
runtime = "process"
[webhooks.github]
type = "github"
credential = "acme"
[cloud]
provider = "ecs"
awsRegion = "eu-west-1"
`
const dev = 'schedule = "0 6 * * *"\ncredentials = ["github_token:bot", "git_ssh"]\n'
const files = {
  'config.toml': config,
  ...agentFiles('dev', dev),
  ...agentFiles('idle', 'scale = 0\nschedule = "0 6 * * *"\ncredentials = ["linear_token"]\n'),
}

function home(credentials: Readonly<Record<string, string>>): Record<string, string> {
  const directory = tempDirectory()
  for (const [path, value] of Object.entries(credentials)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), value, { mode: 0o600 })
  }
  return { AL_CREDENTIALS_HOME: directory }
}

const all = {
  'anthropic_key/default/token': 'sk-ant-canary',
  'github_token/bot/token': 'canary-token',
  'git_ssh/default/username': 'canary-user',
  'git_ssh/default/email': 'canary@mail',
  'github_webhook_secret/acme/secret': 'canary-hook',
}

test('each credential that active agents and webhook sources need is named, with where to write it', () => {
  const env = home({ 'github_token/bot/token': 'canary-token', 'git_ssh/default/email': '  \n' })
  const { code, stdout, stderr } = al(['doctor', '-p', tempProject(files)], { env })
  expect(code).toBe(4)
  expect(stderr).toBe('error: 4 credentials are missing\n')
  expect(stdout).toMatch(/github_token:bot token +ok /)
  expect(stdout).toMatch(/anthropic_key token +missing .*, for agent "dev"\n/)
  expect(stdout).toMatch(/github_webhook_secret:acme secret +missing .*, for webhook source "github"/)
  expect(stdout).toMatch(/git_ssh id_rsa +optional /)
  expect(stdout).toContain('git_ssh email: `al creds add git_ssh --field email`\n')
  expect(stdout).not.toContain('linear_token')
  expect(stdout + stderr).not.toContain('canary')
})

test('with all that is needed it ends with 0, and says so in JSON', () => {
  const { code, stdout } = al(['doctor', '--json', '-p', tempProject(files)], { env: home(all) })
  const { ok, checks } = JSON.parse(stdout)
  expect({ code, ok }).toEqual({ code: 0, ok: true })
  const missing = checks.filter(
    ({ state, kind }: { state: string; kind: string }) => state !== 'ok' && kind === 'credential',
  )
  expect(missing.map(({ what }: { what: string }) => what)).toEqual(['gateway_api_key key', 'git_ssh id_rsa'])
  expect(stdout).not.toContain('canary')
})

test('all problems of the project are told at once, also those that only its cloud has', () => {
  const project = tempProject({
    ...files,
    // More memory than any function on Lambda may have, and a schedule that never fires.
    'config.toml': config.replace('[local]\n', '[local]\nmemory = "64g"\n'),
    ...agentFiles('never', 'schedule = "0 0 30 2 *"\n'),
  })
  const { code, stderr } = al(['doctor', '-p', project], { env: home(all) })
  expect(code).toBe(3)
  expect(stderr).toContain('more than Lambda offers')
  expect(stderr).toContain('agents/never/agent-config.toml')
})

test('what is for the cloud needs -c', () => {
  const { code, stderr } = al(['doctor', '--prune', '-p', tempProject(files)], { env: home(all) })
  expect(code).toBe(2)
  expect(stderr).toContain('--prune is for the cloud: add -c')
})

test('an agent that runs in Docker needs Docker', () => {
  const project = tempProject({ ...files, 'config.toml': config.replace('runtime = "process"', 'runtime = "docker"') })
  const env = { ...home(all), DOCKER_HOST: 'tcp://127.0.0.1:1' }
  const { code, stdout, stderr } = al(['doctor', '-p', project], { env })
  expect(code).toBe(1)
  expect(stdout).toMatch(/Docker +missing /)
  expect(stdout).toContain('Docker: start Docker, or set')
  expect(stderr).toMatch(/^error: Docker: /)
})
