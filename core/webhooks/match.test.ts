import { describe, expect, test } from 'vitest'
import { type Filters, type WebhookProvider, webhookProviders } from '../project/schema/webhooks.ts'
import { match, matchAgents } from './match.ts'
import type { WebhookContext } from './provider.ts'

const event: WebhookContext = {
  source: 'github',
  event: 'issues',
  action: 'opened',
  repo: 'acme/site',
  labels: ['bug', 'urgent'],
  assignee: 'ada',
  author: 'bob',
  branch: 'main',
  conclusion: 'failure',
  sender: 'bob',
  timestamp: '',
}
const { action: _a, labels: _l, assignee: _s, author: _u, branch: _b, conclusion: _c, ...bare } = event
const matches = (filters: Filters, context = event, provider: WebhookProvider = 'github') =>
  match(filters, context, provider).matched

const filterTable: readonly [keyof Filters, hit: Filters, miss: Filters, whenAbsent: boolean][] = [
  ['events', { events: ['push', 'issues'] }, { events: ['push'] }, true],
  ['actions', { actions: ['opened'] }, { actions: ['closed'] }, false],
  ['repos', { repos: ['acme/site'] }, { repos: ['acme/other', 'acme'] }, true],
  ['org', { org: 'acme' }, { org: 'acm' }, true],
  ['orgs', { orgs: ['x', 'acme'] }, { orgs: ['Acme'] }, true],
  ['organizations', { organizations: ['acme/site'] }, { organizations: ['acme'] }, true],
  ['projects', { projects: ['acme/site'] }, { projects: ['site'] }, true],
  ['labels', { labels: ['urgent', 'x'] }, { labels: ['Bug'] }, false],
  ['assignee', { assignee: 'ada' }, { assignee: 'bob' }, false],
  ['author', { author: 'bob' }, { author: 'ada' }, false],
  ['branches', { branches: ['main'] }, { branches: ['refs/heads/main'] }, true],
  ['conclusions', { conclusions: ['failure'] }, { conclusions: ['success'] }, true],
  ['resources', { resources: ['issues'] }, { resources: ['error'] }, true],
]

describe('each filter', () => {
  test.each(filterTable)('%s passes one of its values, refuses others with a reason', (name, hit, miss, whenAbsent) => {
    expect(matches(hit)).toBe(true)
    const missed = match(miss, event, 'github')
    expect(missed).toMatchObject({ matched: false, why: expect.stringContaining(name) })
    expect(matches(hit, bare)).toBe(whenAbsent)
  })

  test('the table has every filter a provider takes', () => {
    const known = new Set<string>(filterTable.map(([name]) => name))
    const taken = Object.values(webhookProviders).flatMap(({ filters }) => [...filters])
    expect(taken.filter((name) => !known.has(name))).toEqual([])
  })

  test('an empty list asks for nothing; fields add up; org and orgs are one list', () => {
    expect(matches({ events: [], labels: [], orgs: [] }, bare)).toBe(true)
    expect(matches({})).toBe(true)
    expect(matches({ events: ['issues'], actions: ['closed'] })).toBe(false)
    expect(matches({ org: 'x', orgs: ['acme'] })).toBe(true)
  })

  test('an event of an organization is found by org and not by repos', () => {
    const team = { ...event, repo: 'acme' }
    expect(matches({ org: 'acme' }, team)).toBe(true)
    expect(matches({ repos: ['acme/site'] }, team)).toBe(false)
  })
})

describe('documented filters were dropped on the way from the config to the matcher', () => {
  test('conclusions of GitHub tell a failed run from a good one', () => {
    expect(matches({ conclusions: ['success'] })).toBe(false)
  })

  test('projects and repos of Mintlify both mean the project', () => {
    const build = { ...bare, source: 'mintlify', event: 'build', repo: 'docs' }
    for (const filter of ['projects', 'repos']) {
      expect(matches({ [filter]: ['docs'] }, build, 'mintlify')).toBe(true)
      expect(match({ [filter]: ['blog'] }, build, 'mintlify')).toEqual({
        matched: false,
        why: `${filter}: the project is "docs", not "blog"`,
      })
    }
  })
})

describe('agents', () => {
  const trigger = (filters: Filters, source = 'gh') => ({ source, filters })

  test('an agent is named once, however many of its triggers match', () => {
    const agent = { name: 'a', triggers: [trigger({ events: ['push'] }), trigger({}), trigger({ org: 'acme' })] }
    expect(matchAgents([agent], ['gh'], event, 'github')).toEqual([{ agent: 'a', matched: true, source: 'gh' }])
  })

  test('an agent that does not match says why, trigger by trigger', () => {
    const agent = { name: 'a', triggers: [trigger({}, 'other'), trigger({ labels: ['docs'] })] }
    expect(matchAgents([agent, { name: 'b', triggers: [] }], ['gh'], event, 'github')).toEqual([
      {
        agent: 'a',
        matched: false,
        misses: [
          { trigger: 0, source: 'other', why: 'it listens to the source "other"' },
          { trigger: 1, source: 'gh', why: 'labels: "bug" and "urgent" are not "docs"' },
        ],
      },
      { agent: 'b', matched: false, misses: [] },
    ])
  })
})
