import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { agentToml, modelToml } from '../../core/project/testing/project-in-memory.ts'
import { al, tempDirectory, tempProject } from '../support/temp-project.ts'

function project() {
  const directory = tempProject({ 'config.toml': modelToml, 'agents/a/agent-config.toml': agentToml })
  const home = tempDirectory()
  return {
    directory,
    home,
    read: (path: string) => readFileSync(join(directory, path), 'utf8'),
    write(path: string, text: string) {
      mkdirSync(join(directory, path, '..'), { recursive: true })
      writeFileSync(join(directory, path), text)
    },
    env: (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      al(['env', ...args, '-p', directory], { env: { HOME: home, ...env } }),
  }
}

test('an environment is made, listed, shown, selected, checked and cleared', () => {
  const { env, read, directory } = project()
  expect(env(['list']).stdout).toContain(`no environments: \`al env init <name> -p ${directory}\` makes one`)
  expect(env(['init', 'staging', '-t', 'ecs', '--region', 'eu-west-1']).code).toBe(0)
  expect(read('environments/staging.toml')).toContain('[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n')
  expect(env(['show', 'staging']).stdout).toContain('awsRegion = "eu-west-1"')
  expect(env(['set', 'staging']).stdout).toContain('.env.toml selects staging')
  expect(read('.env.toml')).toBe('environment = "staging"\n')
  expect(env(['list']).stdout).toMatch(/staging +ecs +yes, by \.env\.toml/)
  expect(al(['synth', '--json', '-p', directory, '-o', join(tempDirectory(), 'out')]).stdout).toContain(
    '"environment": "staging"',
  )
  expect(env(['check', 'staging']).stdout).toContain('compiles for this machine and eu-west-1')
  expect(env(['set']).code).toBe(0)
  expect(read('.env.toml')).toBe('')
})

test('selecting one keeps what else .env.toml says', () => {
  const { env, read, write } = project()
  const text = '# mine\nprojectName = "demo-2" # for me\n\n[gateway]\nport = 9000\n'
  write('.env.toml', text)
  env(['init', 'staging'])
  env(['set', 'staging'])
  expect(read('.env.toml')).toBe(text.replace('# for me\n', '# for me\nenvironment = "staging"\n'))
  env(['set'])
  expect(read('.env.toml')).toBe(text)
})

test('one in the home directory is for all projects', () => {
  const { env, home } = project()
  expect(env(['init', 'shared', '--home']).code).toBe(0)
  expect(existsSync(join(home, '.action-llama/environments/shared.toml'))).toBe(true)
  expect(JSON.parse(env(['list', '--json']).stdout)).toMatchObject([{ name: 'shared', where: 'home', kind: 'local' }])
  expect(env(['check', 'shared']).code).toBe(0)
})

test('AL_ENV is shown as what selects', () => {
  const { env } = project()
  env(['init', 'staging'])
  expect(env(['list'], { AL_ENV: 'staging' }).stdout).toMatch(/staging +local +yes, by AL_ENV/)
})

test.each([['show'], ['set'], ['check']])(
  '%s of one that is not there names those that are, and ends with 3',
  (verb) => {
    const { env, directory } = project()
    env(['init', 'staging'])
    const { code, stdout, stderr } = env([verb, 'stagng'])
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toBe(
      `error: no environment "stagng" (did you mean "staging"?): there are staging; \`al env init stagng -p ${directory}\` makes it\n`,
    )
  },
)

test.each(['../x', '..', 'A', 'a/b', 'a b'])('%j is no name, and nothing is read or written', (name) => {
  const { env, directory } = project()
  for (const verb of ['init', 'show', 'set', 'check']) {
    const { code, stderr } = env([verb, name])
    expect([code, stderr.includes('is not a valid environment name')]).toEqual([2, true])
  }
  expect(existsSync(join(directory, 'environments'))).toBe(false)
})

test('one that is there is not overwritten', () => {
  const { env, read, write } = project()
  write('environments/staging.toml', 'scale = 2\n')
  const { code, stderr } = env(['init', 'staging'])
  expect([code, stderr.includes('is there already')]).toEqual([2, true])
  expect(read('environments/staging.toml')).toBe('scale = 2\n')
})

test('a check that fails ends with 3 and names everything that is wrong, for this machine and for the cloud', () => {
  const { env, write } = project()
  write('environments/bad.toml', 'scales = 2\n[cloud]\nprovider = "ecs"\nawsRegion = "Frankfurt"\n')
  const { code, stderr } = env(['check', 'bad'])
  expect(code).toBe(3)
  expect(stderr).toContain('environments/bad.toml:1 scales: unknown key (did you mean "scale"?)')
  expect(stderr).toContain('environments/bad.toml:4 cloud.awsRegion')
})

test('one that holds a secret is not shown', () => {
  const { env, write } = project()
  const secret = `ghp_${'c4n4ry'.repeat(6)}`
  write('environments/leak.toml', `projectName = "${secret}"\n`)
  const { code, stdout, stderr } = env(['show', 'leak'])
  expect([code, stdout]).toEqual([3, ''])
  expect(stderr).toContain('holds a GitHub token, and is not shown')
  expect(stderr + env(['check', 'leak']).stderr).not.toContain('c4n4ry')
})

test('a cloud that needs an answer asks for it, or takes a flag', () => {
  const { env, directory } = project()
  const { code, stderr } = env(['init', 'google', '-t', 'cloud-run'], { GOOGLE_CLOUD_PROJECT: '' })
  expect([code, stderr.includes('with --gcp-project <name>')]).toEqual([2, true])
  expect(existsSync(join(directory, 'environments/google.toml'))).toBe(false)
  const server = env(['init', 'own', '-t', 'server'])
  expect([server.code, server.stderr.includes('Allowed choices are local, ecs, cloud-run')]).toEqual([2, true])
})
