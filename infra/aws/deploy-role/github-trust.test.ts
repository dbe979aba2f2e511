import { describe, expect, test } from 'vitest'
import { type GithubTrust, parseRepository } from '../../github/repository.ts'
import { subjectOf } from './github-trust.ts'

const subject = (repository: string, when: GithubTrust['when']) => {
  const parsed = parseRepository(repository)
  if (parsed === undefined) throw new Error(`${repository} is no repository`)
  return subjectOf({ repository: parsed, when })
}

describe('a subject', () => {
  test.each<[string, GithubTrust['when'], string]>([
    ['acme/agents', { kind: 'branch', branch: 'main' }, 'repo:acme/agents:ref:refs/heads/main'],
    ['acme/agents', { kind: 'pull-request' }, 'repo:acme/agents:pull_request'],
    ['acme/.github', { kind: 'environment', environment: 'prod' }, 'repo:acme/.github:environment:prod'],
    ['acme@12/agents@34', { kind: 'branch', branch: 'release/1' }, 'repo:acme@12/agents@34:ref:refs/heads/release/1'],
    ['a/b', { kind: 'environment', environment: 'x:ref:y' }, 'repo:a/b:environment:x%3Aref%3Ay'],
  ])('of %s is that of the tokens of GitHub', (repository, when, expected) => {
    expect(subject(repository, when)).toBe(expected)
  })

  test('never holds a wildcard, so that a similar name is trusted with nothing', () => {
    for (const text of [
      'acme',
      'acme/agents/more',
      'acme/*',
      '*/agents',
      'ac?e/agents',
      'acme@12/agents',
      'acme/agents@34',
      'acme@*/agents@*',
      'a b/c',
      'acme/agents:ref',
      'acme/',
      '/agents',
      '',
    ]) {
      expect(parseRepository(text), text).toBeUndefined()
    }
  })
})
