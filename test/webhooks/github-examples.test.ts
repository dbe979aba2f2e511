import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { maxContextBytes } from '../../core/webhooks/context.ts'
import { blockJson } from '../../core/webhooks/escape.ts'
import { type Reception, receive } from '../../core/webhooks/receive.ts'
import { bytes, headers, hmac, noon, source } from '../../core/webhooks/testing/deliveries.ts'

/** Every payload that the community collected of GitHub's events, through the whole decision. */
interface Example {
  readonly action?: string
  readonly repository?: { readonly full_name: string }
  readonly organization?: { readonly login: string }
  readonly sender?: { readonly login: string }
}
const events: readonly { readonly name: string; readonly examples: readonly Example[] }[] = createRequire(
  import.meta.url,
)('@octokit/webhooks-examples')

const sources = [source('gh', 'github', 'secret')]
const agents = [
  { name: 'everything', triggers: [{ source: 'gh', filters: {} }] },
  { name: 'nothing', triggers: [{ source: 'gh', filters: { events: ['no such event'] } }] },
]

function deliver(name: string, example: Example): Reception {
  const body = bytes(example)
  const header = headers({
    'x-github-event': name,
    'x-github-delivery': 'id',
    'x-hub-signature-256': `sha256=${hmac(body, 's')}`,
  })
  return receive({ path: '/webhooks/gh', header, body, sources, secretOf: () => 's', agents, receivedAt: noon })
}

describe('every example of every GitHub event', () => {
  test('is there', () => {
    expect(events.length).toBeGreaterThan(50)
    expect(events.flatMap(({ examples }) => examples).length).toBeGreaterThan(300)
  })

  test.each(events)('$name is verified, parsed and matched', ({ name, examples }) => {
    for (const example of examples) {
      const result = deliver(name, example)
      const repo = example.repository?.full_name ?? example.organization?.login
      if (name === 'ping' || repo === undefined) {
        expect(result.kind).toBe('ignored')
        continue
      }
      if (result.kind !== 'accepted') throw new Error(`${name}: ${JSON.stringify(result)}`)
      expect(result.context).toMatchObject({
        source: 'github',
        event: name,
        repo,
        title: expect.stringMatching(/./),
        sender: example.sender?.login ?? 'unknown',
        ...(example.action === undefined ? {} : { action: example.action }),
      })
      if (example.repository !== undefined) expect(result.context.url).toMatch(/^https?:\/\//)
      expect(Object.values(result.context)).not.toContain(undefined)
      expect(Buffer.byteLength(blockJson(result.context))).toBeLessThanOrEqual(maxContextBytes)
      expect(result.matched).toEqual([{ agent: 'everything', source: 'gh' }])
    }
  })
})

/** Fields that at least one example has, besides those that every event has. */
const table: Readonly<Record<string, string>> = {
  issues: 'number body author assignee labels',
  issue_comment: 'number body author assignee labels comment',
  pull_request: 'number body author assignee labels branch',
  pull_request_review: 'number body author labels branch',
  pull_request_review_comment: 'number body author labels branch comment',
  push: 'author branch',
  workflow_run: 'author branch conclusion',
  workflow_job: 'branch conclusion',
  check_run: 'branch conclusion number',
  check_suite: 'branch conclusion number',
  release: 'author',
  discussion: 'number author body',
  discussion_comment: 'number author comment',
  commit_comment: 'author comment',
  deployment: 'author branch',
  deployment_status: 'author branch conclusion',
  status: 'author branch conclusion',
  create: 'branch',
  delete: 'branch',
  merge_group: 'branch',
  workflow_dispatch: 'branch',
  milestone: 'number author body',
  code_scanning_alert: 'number branch',
  dependabot_alert: 'number body',
}

describe('what a context tells', () => {
  test.each(Object.entries(table))('%s: %s', (name, expected) => {
    const seen = new Set<string>()
    for (const example of events.find((event) => event.name === name)?.examples ?? []) {
      const result = deliver(name, example)
      if (result.kind === 'accepted') for (const field of Object.keys(result.context)) seen.add(field)
    }
    const missing = [...expected.split(' '), 'title', 'url'].filter((field) => !seen.has(field))
    expect(missing).toEqual([])
  })
})

describe('the URL and the author are those of the event', () => {
  const contextOf = (name: string, payload: object) => {
    const result = deliver(name, { repository: { full_name: 'a/b' }, ...payload })
    return result.kind === 'accepted' ? result.context : result
  }
  const user = (login: string) => ({ login })

  test('a comment has its own URL, and the author of what it is on', () => {
    expect(
      contextOf('issue_comment', {
        issue: { number: 3, title: 't', html_url: 'issue', user: user('ada') },
        comment: { html_url: 'comment', body: 'c', user: user('bob') },
      }),
    ).toMatchObject({ number: 3, title: 't', url: 'comment', author: 'ada', comment: 'c' })
  })

  test('a review has its own URL, and its text is the comment', () => {
    expect(
      contextOf('pull_request_review', {
        pull_request: { number: 4, title: 't', html_url: 'pull', user: user('ada'), head: { ref: 'x' } },
        review: { html_url: 'review', body: 'r', user: user('bob') },
      }),
    ).toMatchObject({ number: 4, title: 't', url: 'review', author: 'ada', branch: 'x', comment: 'r' })
  })

  test('a release is called by its name, else by its tag, and has no branch', () => {
    const release = { tag_name: 'v1', html_url: 'u', author: user('ada'), body: 'b', target_commitish: 'main' }
    const context = contextOf('release', { release: { ...release, name: 'One' } })
    expect(context).toMatchObject({ title: 'One', url: 'u', author: 'ada', body: 'b' })
    expect(context).not.toHaveProperty('branch')
    expect(contextOf('release', { release: { ...release, name: null } })).toMatchObject({ title: 'v1' })
  })

  test('a state that can still change is no conclusion', () => {
    expect(contextOf('status', { state: 'failure' })).toMatchObject({ conclusion: 'failure' })
    expect(contextOf('status', { state: 'pending' })).not.toHaveProperty('conclusion')
  })

  test('a push names its branch without refs/heads/, and a tag with refs/tags/', () => {
    const head_commit = { message: 'Fix', author: { username: 'ada' } }
    expect(contextOf('push', { ref: 'refs/heads/a/b', head_commit, compare: 'u' })).toMatchObject({
      branch: 'a/b',
      title: 'Fix',
      author: 'ada',
      url: 'u',
    })
    expect(contextOf('push', { ref: 'refs/tags/v1', pusher: { name: 'bob' } })).toMatchObject({
      branch: 'refs/tags/v1',
      author: 'bob',
      title: 'push',
    })
  })

  test('a run has the number of its first pull request and what it came to', () => {
    const workflow_run = { name: 'CI', html_url: 'u', actor: user('ada'), head_branch: 'x', conclusion: 'failure' }
    expect(
      contextOf('workflow_run', { workflow_run: { ...workflow_run, pull_requests: [{ number: 5 }] } }),
    ).toMatchObject({ number: 5, title: 'CI', url: 'u', author: 'ada', branch: 'x', conclusion: 'failure' })
  })

  test('an event GitHub has yet to invent is read by its shape', () => {
    expect(
      contextOf('lunar_landing', { changes: { title: 'no' }, lander: { title: 'Eagle', number: 11 } }),
    ).toMatchObject({ title: 'Eagle', number: 11 })
  })

  test.each([['x'], [[null]], [[{ name: 1 }, 7]], [{ length: 3 }]])('labels %j are no labels', (labels) => {
    expect(contextOf('issues', { issue: { title: 't', labels } })).not.toHaveProperty('labels')
  })

  test.each(['__proto__', 'constructor', 'toString'])('the event %s is only a name', (name) => {
    expect(contextOf(name, {})).toMatchObject({ event: name, title: name })
  })
})
