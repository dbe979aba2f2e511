import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { agentToml } from '../../core/project/testing/project-in-memory.ts'
import { project, projectToml } from './scripted-host.ts'

const payload = {
  action: 'opened',
  repository: { full_name: 'acme/app' },
  sender: { login: 'ada' },
  issue: { number: 7, title: 'It breaks', user: { login: 'ada' }, labels: [{ name: 'bug' }] },
}

const triggers = (...filters: string[]) => filters.map((one) => `[[webhooks]]\nsource = "acme"\n${one}\n`).join('')

function made() {
  const one = project({
    'config.toml': `${projectToml}[webhooks.other]\ntype = "github"\nallowUnsigned = true\n[webhooks.tickets]\ntype = "linear"\nallowUnsigned = true\n`,
    'agents/all/agent-config.toml': triggers(''),
    'agents/bugs/agent-config.toml': triggers('events = ["pull_request"]', 'events = ["issues"]\nlabels = ["bug"]'),
    'agents/cron/agent-config.toml': agentToml,
    'agents/off/agent-config.toml': `scale = 0\n${triggers('events = ["issues"]')}`,
    'agents/other/agent-config.toml': '[[webhooks]]\nsource = "other"\n',
  })
  writeFileSync(join(one.directory, 'issue.json'), JSON.stringify(payload))
  return one
}

test('tells what an agent would be told, and of every trigger why it matches or not', async () => {
  const { code, stdout, stderr } = await made().ended(
    'webhook',
    'test',
    'acme',
    '-f',
    'issue.json',
    '--event',
    'issues',
  )
  expect(code).toBe(0)
  expect(stdout).toMatch(/^title +It breaks$/m)
  expect(stdout.split('\n').filter((line) => /^[✓✗]/.test(line))).toEqual([
    '✓ all, acme: it has no filters: every event matches',
    '✗ bugs [1], acme: events: the event is "issues", not "pull_request"',
    '✓ bugs [2], acme: events = issues; labels = bug',
    '✗ other, other: it listens to another source',
  ])
  expect(stdout).toContain('without any webhook: cron\nswitched off, scale = 0: off\n')
  expect(stdout).toContain('it would start all, bugs\n')
  expect(stderr).toContain('the signature was not checked')
})

test('a provider means all of its sources; JSON has the same', async () => {
  const { ended } = made()
  const { stdout } = await ended(
    'webhook',
    'test',
    'github',
    '-f',
    'issue.json',
    '--header',
    'X-GitHub-Event=issues',
    '--json',
  )
  expect(JSON.parse(stdout)).toMatchObject({
    provider: 'github',
    sources: ['acme', 'other'],
    context: { event: 'issues', repo: 'acme/app', labels: ['bug'] },
    starts: ['all', 'bugs', 'other'],
    triggers: [{ agent: 'all', trigger: 0, matched: true }, {}, { agent: 'bugs', trigger: 1 }, {}],
  })
})

test('an event that has to be named is asked for', async () => {
  const { code, stdout, stderr } = await made().ended('webhook', 'test', 'acme', '-f', 'issue.json')
  expect(code).toBe(0)
  expect(stdout).toBe('the delivery would be ignored: the header X-GitHub-Event is missing\n')
  expect(stderr).toContain('--event issues')
})

test('the payload may come from standard input', async () => {
  const { al } = made()
  const stdin = JSON.stringify(payload)
  const { stdout } = await al(['webhook', 'test', 'acme', '-f', '-', '--event', 'issues'], { stdin }).ended
  expect(stdout).toContain('it would start all, bugs')
})

test.each([
  [['acm', '-f', 'issue.json'], 3, 'there is no webhook source "acm" (did you mean "acme"?)'],
  [['sentry', '-f', 'issue.json'], 3, 'there is acme (github), other (github), tickets (linear)'],
  [['acme', '-f', 'nothing.json'], 1, 'cannot be read from nothing.json: there is no such file'],
  [['acme', '-f', 'config.toml'], 1, 'config.toml: the body is not JSON'],
  [['acme', '-f', 'issue.json', '--header', 'X'], 2, '--header takes name=value'],
  [['tickets', '-f', 'issue.json', '--event', 'Issue'], 2, 'linear names the event in the payload'],
  [['acme'], 2, "required option '-f, --file <path>' not specified"],
])('%j ends in %i with what to change', async (args, expected, message) => {
  const { code, stderr } = await made().ended('webhook', 'test', ...args)
  expect([code, stderr]).toEqual([expected, expect.stringContaining(message)])
})
