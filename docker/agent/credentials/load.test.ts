import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { PlannedCredential } from './credential.ts'
import { loadCredentials } from './load.ts'

function directoryWith(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'al-credentials-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  return directory
}

function secret(name: string, more: Partial<PlannedCredential> = {}): PlannedCredential {
  const [type = '', instance = '', field = ''] = name.split('/')
  return { id: `action-llama/${name}`, type, instance, field, optional: false, why: 'listed', ...more }
}

const logged: string[] = []
const load = async (
  secrets: readonly PlannedCredential[],
  { directory = '/nowhere', env = {} as Record<string, string> } = {},
) => {
  const { signal } = new AbortController()
  const credentials = await loadCredentials({
    secrets: [...secrets],
    directory,
    env,
    signal,
    log: (_, ...rest) => logged.push(JSON.stringify(rest)),
  })
  return credentials.map(({ type, instance, field, value }) => [`${type}/${instance}/${field}`, value])
}

describe('a volume', () => {
  test('gives what the run may have, trimmed, and nothing else that lies there', async () => {
    const directory = directoryWith({
      'github_token/bot/token': '  canary-a\r\n',
      'github_token/other/token': 'canary-b\n',
      'anthropic_key/default/token': 'canary-c\n',
    })
    const env = { AL_SECRET_github_token__bot__token: 'canary-env' }
    expect(await load([secret('github_token/bot/token')], { directory, env })).toEqual([
      ['github_token/bot/token', 'canary-a'],
    ])
  })

  test('names everything that is missing at once, and never a value', async () => {
    const directory = directoryWith({
      'git_ssh/bot/username': 'canary-name\n',
      'sentry_token/default/token': ' \n',
      'linear_oauth/default/client_id/file': 'x',
    })
    const wanted = [
      'git_ssh/bot/username',
      'git_ssh/bot/email',
      'sentry_token/default/token',
      'linear_oauth/default/client_id',
    ]
    const failed = await load(
      wanted.map((name) => secret(name)),
      { directory },
    ).catch((error: Error) => error.message)
    expect(failed).toBe(
      `missing credentials: git_ssh:bot/email (looked for ${directory}/git_ssh/bot/email), sentry_token:default/token (looked for ${directory}/sentry_token/default/token), linear_oauth:default/client_id (looked for ${directory}/linear_oauth/default/client_id); store git_ssh:bot, sentry_token:default, linear_oauth:default, or stop using it in agent-config.toml`,
    )
  })

  test('leaves out what may be absent', async () => {
    const directory = directoryWith({ 'linear_oauth/default/client_id': 'id' })
    const secrets = [
      secret('linear_oauth/default/client_id'),
      secret('linear_oauth/default/refresh_token', { optional: true }),
    ]
    expect(await load(secrets, { directory })).toEqual([['linear_oauth/default/client_id', 'id']])
  })

  test.skipIf(process.getuid?.() === 0)('that may not be read is an error, not an absence', async () => {
    const directory = directoryWith({ 'github_token/bot/token': 'x' })
    chmodSync(join(directory, 'github_token/bot/token'), 0)
    await expect(load([secret('github_token/bot/token', { optional: true })], { directory })).rejects.toThrow('EACCES')
  })

  test('that is named serves even when it is empty', async () => {
    const directory = directoryWith()
    const env = { AL_CREDENTIALS_DIR: directory, AL_SECRET_github_token__bot__token: 'canary-env' }
    expect(await load([secret('github_token/bot/token', { optional: true })], { directory, env })).toEqual([])
  })
})

describe('variables', () => {
  test.each([
    ['git_ssh/my-org/id_rsa', 'AL_SECRET_git_ssh__my_x2dorg__id_rsa'],
    ['custom_key/api.acme.com/token', 'AL_SECRET_custom_key__api_x2eacme_x2ecom__token'],
    ['github_token/a__b/token', 'AL_SECRET_github_token__a__b__token'],
    ['github_token/a_/token', 'AL_SECRET_github_token__a___token'],
    ['github_token/_a/token', 'AL_SECRET_github_token___a__token'],
    ['github_token/a__b/token', 'AL_SECRET_github_token__a_x5f_x5fb__token'],
    ['github_token/v_x2d/token', 'AL_SECRET_github_token__v_x5fx2d__token'],
  ])('%s is found in %s', async (name, variable) => {
    expect(await load([secret(name)], { env: { [variable]: ' canary \n' } })).toEqual([[name, 'canary']])
  })

  test('of an instance that could be meant in two ways is refused by its name', async () => {
    const env = { AL_SECRET_github_token__v_x2d__token: 'canary' }
    expect(await load([secret('github_token/v-/token')], { env })).toEqual([['github_token/v-/token', 'canary']])
    await expect(load([secret('github_token/v_x2d/token')], { env })).rejects.toThrow(
      'AL_SECRET_github_token__v_x2d__token could be for instance "v_x2d" or "v-" of github_token: name it AL_SECRET_github_token__v_x5fx2d__token',
    )
  })

  test.each(['AL_SECRET_github_token', 'AL_SECRET_github_token__token', 'AL_SECRET___default__token', 'AL_SECRET_'])(
    '%s is no name of a secret and is refused, unless it is empty',
    async (name) => {
      const env = { AL_SECRET_github_token__default__token: 'canary-a', [name]: 'canary-b' }
      const failed = await load([secret('github_token/default/token')], { env }).catch((error: Error) => error.message)
      expect(failed).toContain(`${name}: not the name of a secret`)
      expect(failed).not.toContain('canary')
      expect(await load([secret('github_token/default/token')], { env: { ...env, [name]: '' } })).toHaveLength(1)
    },
  )

  test('that are empty count as not set', async () => {
    const env = { AL_SECRET_github_token__default__token: ' ' }
    await expect(load([secret('github_token/default/token')], { env })).rejects.toThrow(
      'no credentials are here: /nowhere has none',
    )
  })
})

test('a run that needs no credentials looks nowhere', async () => {
  expect(await load([], { env: { AL_SECRET_: 'x' } })).toEqual([])
  expect(await load([secret('linear_oauth/default/refresh_token', { optional: true })])).toEqual([])
})

test('no value was logged', () => {
  expect(logged.join('\n')).toContain('credentials loaded from volume')
  expect(logged.join('\n')).not.toContain('canary')
})
