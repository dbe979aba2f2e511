import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type CredentialType, credentialTypes } from '../../../core/credentials/types.ts'
import { agentEnvironment } from './agent-environment.ts'
import type { Credential } from './credential.ts'

/** The names that the documentation of each type promises. */
const promised: Readonly<Record<string, readonly string[]>> = {
  github_token: ['GH_TOKEN', 'GITHUB_TOKEN'],
  git_ssh: ['GIT_AUTHOR_EMAIL', 'GIT_AUTHOR_NAME', 'GIT_COMMITTER_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_SSH_COMMAND'],
  sentry_token: ['SENTRY_AUTH_TOKEN'],
  linear_token: ['LINEAR_API_TOKEN'],
  linear_oauth: ['LINEAR_ACCESS_TOKEN', 'LINEAR_CLIENT_ID', 'LINEAR_CLIENT_SECRET', 'LINEAR_REFRESH_TOKEN'],
  bugsnag_token: ['BUGSNAG_AUTH_TOKEN'],
  netlify_token: ['NETLIFY_AUTH_TOKEN'],
  mintlify_token: ['MINTLIFY_API_TOKEN'],
  x_twitter_api: ['X_ACCESS_TOKEN', 'X_ACCESS_TOKEN_SECRET', 'X_API_KEY', 'X_API_SECRET', 'X_BEARER_TOKEN'],
  reddit_oauth: [
    ...['REDDIT_CLIENT_ID', 'REDDIT_CLIENT_SECRET', 'REDDIT_PASSWORD', 'REDDIT_USERNAME', 'REDDIT_USER_AGENT'],
  ],
  aws: ['AWS_ACCESS_KEY_ID', 'AWS_DEFAULT_REGION', 'AWS_SECRET_ACCESS_KEY'],
  vultr_api_key: ['VULTR_API_KEY'],
  hetzner_api_key: ['HETZNER_API_KEY'],
  cloudflare_api_token: ['CLOUDFLARE_API_TOKEN'],
}
const every = Object.values(promised).flat()
const types = Object.entries(credentialTypes) as [string, CredentialType][]

const credentialsOf = (type: string, instance = 'default', why: Credential['why'] = 'listed'): Credential[] =>
  Object.keys(types.find(([name]) => name === type)?.[1].fields ?? {}).map((field) => ({
    ...{ type, instance, field, why },
    value: `canary ${instance} ${field}`,
  }))

async function environmentWith(credentials: readonly Credential[]) {
  const work = mkdtempSync(join(tmpdir(), 'al-work-'))
  onTestFinished(() => rmSync(work, { recursive: true, force: true }))
  const logged: unknown[] = []
  const before = { ...process.env }
  const environment = await agentEnvironment({ credentials, places: { work }, log: (...line) => logged.push(line) })
  expect(JSON.stringify(logged)).not.toContain('canary')
  expect(process.env).toEqual(before)
  return { environment, work, key: join(work, '.ssh/id_rsa') }
}

describe.each(types)('%s', (type, { exposure, fields }) => {
  test('gives its variables to an agent that lists it', async () => {
    const { environment } = await environmentWith(exposure === 'agent' ? credentialsOf(type) : [])
    const found = every.filter((name) => environment[name] !== undefined)
    expect(found.sort()).toEqual([...(promised[type] ?? [])].sort())
    for (const [field, names] of Object.entries<readonly string[]>(fields)) {
      for (const name of names) expect(environment[name]).toBe(`canary default ${field}`)
    }
  })

  test('gives nothing to an agent that did not list it, though its model or a header uses it', async () => {
    for (const why of ['model', 'header'] as const) {
      const { environment, work } = await environmentWith(credentialsOf(type, 'default', why))
      expect(environment).toEqual({ GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '' })
      expect(existsSync(join(work, '.ssh'))).toBe(false)
    }
  })
})

test('the key of git_ssh is a file that only its user can read', async () => {
  const { key } = await environmentWith(credentialsOf('git_ssh'))
  expect(readFileSync(key, 'utf8')).toBe('canary default id_rsa\n')
  expect(statSync(key).mode & 0o777).toBe(0o600)
  expect(statSync(join(key, '..')).mode & 0o777).toBe(0o700)
})

test('git_ssh without a key is an identity, and no key of another place is used for it', async () => {
  const both = [
    ...credentialsOf('git_ssh', 'a').filter(({ field }) => field !== 'id_rsa'),
    ...credentialsOf('git_ssh', 'b'),
  ]
  const { environment, key } = await environmentWith(both)
  expect(environment).toMatchObject({ GIT_AUTHOR_NAME: 'canary a username' })
  expect(environment.GIT_SSH_COMMAND).toBeUndefined()
  expect(existsSync(key)).toBe(false)
})

test('of several instances the last one listed is taken, of git_ssh the first', async () => {
  const { environment, key } = await environmentWith(
    ['github_token', 'git_ssh'].flatMap((type) => [...credentialsOf(type, 'a'), ...credentialsOf(type, 'b')]),
  )
  expect(environment.GITHUB_TOKEN).toBe('canary b token')
  expect(environment.GIT_COMMITTER_EMAIL).toBe('canary a email')
  expect(readFileSync(key, 'utf8')).toBe('canary a id_rsa\n')
})

test('the variables of a type are all of one instance', async () => {
  const b = credentialsOf('x_twitter_api', 'b').filter(({ field }) => !field.startsWith('access_'))
  const { environment } = await environmentWith([...credentialsOf('x_twitter_api', 'a'), ...b])
  expect(environment.X_API_KEY).toBe('canary b api_key')
  expect(environment.X_ACCESS_TOKEN).toBeUndefined()
})
