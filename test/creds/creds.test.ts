import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { credentialTypes } from '../../core/credentials/types.ts'
import { tempDirectory } from '../support/temp-project.ts'
import { canary, emptyStore } from './store.ts'

const key = `sk-ant-${canary}`
const sshKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}\n-----END OPENSSH PRIVATE KEY-----`

describe('al creds add', () => {
  test('reads a value from standard input, and keeps it for its owner alone, without showing it', async () => {
    const store = emptyStore()
    const { code, stdout, stderr } = await store.al(['creds', 'add', 'anthropic_key', '--from-stdin'], `${key}\n\n`)
    expect([code, stdout]).toEqual([0, 'stored anthropic_key (token)\n'])
    expect(store.value('anthropic_key/default/token')).toBe(`${key}\n`)
    expect(['anthropic_key/default/token', 'anthropic_key/default', 'anthropic_key'].map(store.mode)).toEqual([
      0o600, 0o700, 0o700,
    ])
    expect(stdout + stderr).not.toContain(canary)
  })

  test('a file of several lines comes whole, and a field can be added on its own', async () => {
    const store = emptyStore()
    const file = join(tempDirectory(), 'id_ed25519')
    writeFileSync(file, `${sshKey}\n`)
    expect((await store.al(['creds', 'add', 'git_ssh:bot', '--field', 'id_rsa', '--file', file])).code).toBe(0)
    expect(store.value('git_ssh/bot/id_rsa')).toBe(`${sshKey}\n`)
    expect(
      (await store.al(['creds', 'add', 'git_ssh:bot', '--field', 'username', '--from-stdin'], 'Büro Bot')).code,
    ).toBe(0)
    expect(store.value('git_ssh/bot/username')).toBe('Büro Bot\n')
  })

  test('several fields come as JSON; optional ones may be left out, others not', async () => {
    const store = emptyStore()
    const add = (json: unknown) => store.al(['creds', 'add', 'git_ssh', '--from-stdin'], JSON.stringify(json))
    const lacking = await add({ username: canary })
    expect(lacking.code).toBe(2)
    expect(lacking.stderr).toContain('the JSON lacks email')
    expect((await add({ username: 'bot', email: 'bot@example.com', token: canary })).stderr).toContain(
      'has a field "token"',
    )
    expect(lacking.stderr).not.toContain(canary)
    expect(store.has('git_ssh')).toBe(false)
    const { code, stdout } = await add({ username: 'bot', email: 'bot@example.com' })
    expect([code, stdout]).toEqual([0, 'stored git_ssh (username, email)\n'])
  })

  test.each([
    ['anthropic_key', 'token', canary, 'it begins with sk-ant-'],
    ['openai_key', 'token', canary, 'it begins with sk-'],
    ['groq_key', 'token', canary, 'it begins with gsk_'],
    ['xai_key', 'token', canary, 'it begins with xai-'],
    ['openrouter_key', 'token', canary, 'it begins with sk-or-'],
    ['linear_webhook_secret', 'secret', 'c4n4ry', 'it has 8 characters at least'],
    ['git_ssh', 'email', canary, 'it is an address'],
    ['git_ssh', 'id_rsa', canary, 'it is the whole file'],
    ['git_ssh', 'id_rsa', `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}`, 'it is the whole file'],
    ['aws', 'access_key_id', canary, 'it has 16 to 128 characters'],
    ['aws', 'secret_access_key', canary, 'it has 40 characters at least'],
    ['github_token', 'token', `${canary}\nsecond line`, 'it is one line'],
    ['github_token', 'token', `${canary}\u2026`, 'only letters, digits and signs of ASCII'],
    ['mistral_key', 'token', ' \n', 'it is empty'],
  ])('%s %s that does not look like one is not stored', async (type, field, value, why) => {
    const store = emptyStore()
    const { code, stdout, stderr } = await store.al(['creds', 'add', type, '--field', field, '--from-stdin'], value)
    expect([code, stdout]).toEqual([4, ''])
    expect(stderr).toContain(`${field} of ${type} does not look like one`)
    expect(stderr).toContain(why)
    expect(stderr).not.toContain(canary)
    expect(store.has(type)).toBe(false)
  })

  test('--any-look stores the key of a proxy', async () => {
    const store = emptyStore()
    const { code } = await store.al(['creds', 'add', 'openai_key', '--from-stdin', '--any-look'], 'anything')
    expect([code, store.value('openai_key/default/token')]).toEqual([0, 'anything\n'])
  })

  test('a secret that is agreed upon can be made, and says where it lies instead of what it is', async () => {
    const store = emptyStore()
    const { stdout } = await store.al(['creds', 'add', 'github_webhook_secret:acme', '--generate'])
    const made = store.value('github_webhook_secret/acme/secret').trim()
    expect(made).toMatch(/^[0-9a-f]{64}$/)
    expect(stdout).toContain(store.file('github_webhook_secret/acme/secret'))
    expect(stdout).not.toContain(made)
    const refused = await store.al(['creds', 'add', 'github_token', '--generate'])
    expect([refused.code, refused.stderr.includes('https://github.com/settings/tokens')]).toEqual([2, true])
  })

  test('without a terminal it says how a value gets in', async () => {
    const { code, stderr } = await emptyStore().al(['creds', 'add', 'github_token'])
    expect(code).toBe(2)
    expect(stderr).toContain(
      'there is no terminal to ask for github_token in: give its value with --from-stdin or --file',
    )
  })

  test('what is stored is replaced in one step, and --json says so without the value', async () => {
    const store = emptyStore()
    await store.al(['creds', 'add', 'github_token', '--from-stdin'], 'ghp_old')
    const { stdout } = await store.al(['creds', 'add', 'github_token', '--from-stdin', '--json'], `ghp_${canary}`)
    expect(JSON.parse(stdout)).toEqual({ ref: 'github_token', fields: ['token'], replaced: true })
    expect(store.value('github_token/default/token')).toBe(`ghp_${canary}\n`)
  })
})

describe('no reference leaves the store', () => {
  const outside = ['..', '../..', '.', 'a/../../b', '/etc', 'a\\b', '.hidden', 'a..b', 'x\ny', ' ', '~']

  test.each(outside)('github_token:%j', async (instance) => {
    const store = emptyStore()
    writeFileSync(join(store.directory, '..', 'bystander'), 'still here')
    const added = await store.al(['creds', 'add', `github_token:${instance}`, '--from-stdin'], canary)
    expect([added.code, store.has('.')]).toEqual([2, false])
    await store.al(['creds', 'add', 'github_token', '--from-stdin'], 'ghp_1')
    const removed = await store.al(['creds', 'rm', `github_token:${instance}`, '--yes'])
    expect([removed.code, removed.stdout]).toEqual([2, ''])
    expect(store.has('../bystander') && store.has('github_token/default/token')).toBe(true)
  })

  test.each(['..', '../x', '', 'no_such_type', 'constructor'])('type %j', async (type) => {
    const store = emptyStore()
    await store.al(['creds', 'add', 'github_token', '--from-stdin'], 'ghp_1')
    const added = await store.al(['creds', 'add', type, '--from-stdin'], canary)
    expect(added.code).toBe(2)
    expect(added.stderr).toContain('unknown credential type')
    expect((await store.al(['creds', 'rm', `${type}:..`, '--yes'])).code).toBe(2)
    expect(store.has('github_token/default/token')).toBe(true)
  })

  test('a link in the store is not followed', async () => {
    const store = emptyStore()
    const elsewhere = tempDirectory()
    writeFileSync(join(elsewhere, 'token'), 'still here')
    mkdirSync(store.file('github_token'), { recursive: true })
    symlinkSync(elsewhere, store.file('github_token/default'))
    const { code, stderr } = await store.al(['creds', 'add', 'github_token', '--from-stdin'], 'ghp_1')
    expect(code).toBe(4)
    expect(stderr).toContain('is a link, which may lead out of the store; remove it')
    const field = await store.al(['creds', 'rm', 'github_token', '--field', 'token', '--yes'])
    expect(field.code).toBe(4)
    expect(store.value('github_token/default/token')).toBe('still here')
  })
})

describe('al creds ls', () => {
  test('groups instances by type and names fields, never values', async () => {
    const store = emptyStore()
    expect((await store.al(['creds', 'ls'])).stdout).toContain('none found in ')
    await store.al(['creds', 'add', 'netlify_token', '--from-stdin'], canary)
    await store.al(['creds', 'add', 'netlify_token:staging', '--from-stdin'], canary)
    const { code, stdout } = await store.al(['creds', 'ls'])
    expect([code, stdout]).toEqual([
      0,
      '\n  Netlify Personal Access Token (netlify_token)\n    netlify_token  (token)\n    netlify_token:staging  (token)\n',
    ])
    const { stdout: json } = await store.al(['creds', 'ls', '--json'])
    expect(JSON.parse(json).map(({ ref }: { ref: string }) => ref)).toEqual(['netlify_token', 'netlify_token:staging'])
    expect(stdout + json).not.toContain(canary)
  })

  test.each(['ls', 'add x', 'rm x'])('%s -c names the command that is for the cloud', async (words) => {
    const { code, stderr } = await emptyStore().al(['creds', ...words.split(' '), '-c'])
    expect([code, stderr.includes('`al doctor -c` pushes them')]).toEqual([2, true])
  })
})

describe('al creds rm', () => {
  test('asks, removes one credential with all of its fields, and leaves the others', async () => {
    const store = emptyStore()
    await store.al(['creds', 'add', 'github_token', '--from-stdin'], 'ghp_1')
    await store.al(['creds', 'add', 'github_token:acme', '--from-stdin'], 'ghp_2')
    const asked = await store.al(['creds', 'rm', 'github_token:acme'])
    expect(asked.code).toBe(2)
    expect(asked.stderr).toContain(
      'answer "Remove github_token:acme (token) from this machine, for all projects?" with --yes',
    )
    const { code, stdout } = await store.al(['creds', 'rm', 'github_token:acme', '--yes'])
    expect([code, stdout]).toEqual([0, 'removed github_token:acme (token)\n'])
    expect([store.has('github_token/acme'), store.has('github_token/default/token')]).toEqual([false, true])
    await store.al(['creds', 'rm', 'github_token', '--yes'])
    expect(store.has('github_token')).toBe(false)
  })

  test('of what is not there is an error that names what is near', async () => {
    const store = emptyStore()
    await store.al(['creds', 'add', 'github_token:acme', '--from-stdin'], 'ghp_1')
    const { code, stderr } = await store.al(['creds', 'rm', 'github_token:acne', '--yes'])
    expect(code).toBe(4)
    expect(stderr).toContain('no credential github_token:acne is stored (did you mean "github_token:acme"?)')
  })

  test('one field goes alone', async () => {
    const store = emptyStore()
    await store.al(['creds', 'add', 'git_ssh', '--from-stdin'], '{"username":"bot","email":"bot@example.com"}')
    expect((await store.al(['creds', 'rm', 'git_ssh', '--field', 'email', '--yes'])).code).toBe(0)
    expect([store.has('git_ssh/default/email'), store.has('git_ssh/default/username')]).toEqual([false, true])
  })
})

test('al creds types says of every type what it is for, and where its fields are found', async () => {
  const store = emptyStore()
  const { stdout } = await store.al(['creds', 'types', '--json'])
  const types = JSON.parse(stdout) as {
    type: string
    about: string
    fields: { field: string; environment: string[] }[]
  }[]
  expect(types.map(({ type }) => type).sort()).toEqual(Object.keys(credentialTypes).sort())
  for (const { type, about, fields } of types) {
    expect(about).not.toBe('')
    const declared = credentialTypes[type as keyof typeof credentialTypes].fields as Record<string, readonly string[]>
    expect(Object.fromEntries(fields.map(({ field, environment }) => [field, environment]))).toEqual(declared)
  }
  const one = await store.al(['creds', 'types', 'github_token'])
  expect(one.stdout).toContain('https://github.com/settings/tokens')
  expect(one.stdout).toContain('GITHUB_TOKEN, GH_TOKEN')
})
