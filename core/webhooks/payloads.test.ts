import { describe, expect, test } from 'vitest'
import { providers } from './providers.ts'
import { headers, noon } from './testing/deliveries.ts'

const timestamp = noon.toISOString()
const { sentry, linear, mintlify, test: handmade } = providers

describe('sentry', () => {
  const parse = (resource: string, data: object, rest: object = {}) =>
    sentry.parse({ action: 'created', data, ...rest }, headers({ 'sentry-hook-resource': resource }), noon)
  const base = { source: 'sentry', action: 'created', sender: 'unknown', timestamp }
  const project = { slug: 'web' }

  test.each([
    [
      'event_alert',
      { triggered_rule: 'r', event: { title: 't', web_url: 'u', message: 'm' } },
      { repo: 'r', title: 't', url: 'u', body: 'm' },
    ],
    [
      'metric_alert',
      { metric_alert: { organization: { slug: 'acme' }, title: 't', web_url: 'u' } },
      { repo: 'acme', title: 't', url: 'u' },
    ],
    [
      'issue',
      { issue: { project, title: 't', web_url: 'u', assignedTo: { name: 'ada' } } },
      { repo: 'web', title: 't', url: 'u', assignee: 'ada' },
    ],
    [
      'error',
      { error: { project, title: 't', web_url: 'u', message: 'm' } },
      { repo: 'web', title: 't', url: 'u', body: 'm' },
    ],
    [
      'comment',
      { issue: { project, title: 't', web_url: 'u' }, comment: 'c' },
      { repo: 'web', title: 't', url: 'u', comment: 'c' },
    ],
    ['installation', {}, { repo: '', title: 'created' }],
  ])('%s', (resource, data, fields) => {
    expect(parse(resource, data)).toStrictEqual({ ...base, event: resource, ...fields })
  })

  test('the sender is the name of the actor, else its type; without a resource there is no event', () => {
    expect(parse('issue', {}, { actor: { name: 'n', type: 'user' } })).toMatchObject({ sender: 'n' })
    expect(parse('issue', {}, { actor: { type: 'application' } })).toMatchObject({ sender: 'application' })
    expect(sentry.parse({}, headers({}), noon)).toHaveProperty('ignored')
  })
})

describe('linear', () => {
  const parse = (type: string, data: object, rest: object = {}) =>
    linear.parse({ type, action: 'update', organizationId: 'org', data, ...rest }, headers({}), noon)
  const base = { source: 'linear', action: 'update', repo: 'org', sender: 'unknown', timestamp }
  const issue = { number: 7, title: 't', creator: { email: 'c@x' }, labels: [{ name: 'bug' }, null, 'x'], url: 'u' }
  const shown = { number: 7, title: 't', author: 'c@x', labels: ['bug'], url: 'u' }

  test('issues, comments and other types', () => {
    expect(parse('Issue', { ...issue, description: 'd', assignee: { email: 'a@x' } })).toStrictEqual({
      ...base,
      ...shown,
      event: 'issues',
      body: 'd',
      assignee: 'a@x',
    })
    expect(parse('Comment', { issue, body: 'b' })).toStrictEqual({
      ...base,
      ...shown,
      event: 'issue_comment',
      comment: 'b',
    })
    expect(parse('ProjectUpdate', { name: 'n', url: 'v' })).toStrictEqual({
      ...base,
      event: 'projectupdate',
      title: 'n',
      url: 'v',
    })
  })

  test('the organization may stand with the team; without type, action or organization there is no event', () => {
    const team = { organization: { id: 'o2' } }
    expect(linear.parse({ type: 'Issue', action: 'a', data: { team } }, headers({}), noon)).toMatchObject({
      repo: 'o2',
    })
    for (const payload of [
      { action: 'a', organizationId: 'o' },
      { type: 'I', organizationId: 'o' },
      { type: 'I', action: 'a' },
    ]) {
      expect(linear.parse(payload, headers({}), noon)).toHaveProperty('ignored')
    }
  })

  test('the sender is who made it, else who changed it, else who acted', () => {
    const people = { createdBy: { email: 'c' }, updatedBy: { email: 'u' }, actor: { name: 'n' } }
    expect(parse('Issue', {}, people)).toMatchObject({ sender: 'c' })
    expect(parse('Issue', {}, { ...people, createdBy: null })).toMatchObject({ sender: 'u' })
    expect(parse('Issue', {}, { actor: people.actor })).toMatchObject({ sender: 'n' })
  })
})

describe('mintlify', () => {
  const parse = (payload: object) => mintlify.parse(payload, headers({}), noon)

  test('a failed build says so, with the error before the message', () => {
    expect(
      parse({ status: 'failed', project: 'docs', error: 'E', message: 'M', git: { branch: 'dev' } }),
    ).toStrictEqual({
      source: 'mintlify',
      event: 'build',
      action: 'failed',
      repo: 'docs',
      title: 'Build failed',
      body: 'The build failed: E\n\nM',
      branch: 'dev',
      conclusion: 'failure',
      sender: 'mintlify',
      timestamp,
    })
  })

  test('what is not said has a default, and the time may come from the payload', () => {
    expect(parse({ action: 'success', timestamp: '2026-01-01T00:00:00Z' })).toMatchObject({
      repo: 'unknown',
      branch: 'main',
      conclusion: 'success',
      timestamp: '2026-01-01T00:00:00Z',
    })
    expect(parse({ event: 'deploy' })).toHaveProperty('ignored')
  })
})

test('type test: the body is the context, with defaults and within the limits', () => {
  expect(handmade.parse({}, headers({}), noon)).toStrictEqual({
    source: 'test',
    event: 'test',
    repo: '',
    sender: 'test',
    timestamp,
  })
  const whole = {
    source: 'github',
    event: 'issues',
    repo: 'a/b',
    number: 1,
    labels: ['x'],
    sender: 's',
    timestamp: 'now',
  }
  expect(handmade.parse({ ...whole, unknown: 1 }, headers({}), noon)).toStrictEqual(whole)
  expect(handmade.parse([], headers({}), noon)).toHaveProperty('ignored')
})
