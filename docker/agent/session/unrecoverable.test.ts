import { describe, expect, it } from 'vitest'
import { isRefusal } from './unrecoverable.ts'

describe('refused credentials', () => {
  it.each([
    'git@github.com: Permission denied (publickey).',
    'fatal: Could not read from remote repository.',
    'GraphQL: Resource not accessible by personal access token (createIssue)',
    'HTTP 401: Bad credentials (https://api.github.com/graphql)',
    '{"message": "Bad credentials", "status": "401"}',
    "remote: Invalid username or token.\nfatal: Authentication failed for 'https://github.com/a/b/'",
    "fatal: unable to access 'https://github.com/a/b/': The requested URL returned error: 403",
    'remote: Permission to a/b.git denied to somebody.',
  ])('%s', (text) => {
    expect(isRefusal(text)).toBe(true)
  })

  it.each([
    'cat: /etc/shadow: Permission denied',
    'mkdir: cannot create directory ‘/app/x’: Permission denied',
    'EACCES: permission denied, open',
    'expected authentication failed message',
    'access denied to nobody',
  ])('not: %s', (text) => {
    expect(isRefusal(text)).toBe(false)
  })
})
