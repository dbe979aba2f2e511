import { describe, expect, test } from 'vitest'
import { credentialTypes } from '../credentials/types.ts'
import type { Handout } from '../plan/decisions.ts'
import { systemPrompt, type Task, userPrompt } from './prompt.ts'

const secret = (type: string, field: string, why: Handout['secrets'][number]['why'] = 'listed') => ({
  ...{ id: `al/${type}/${field}`, type, instance: 'default', field, optional: false, why },
})
const task = (more: Partial<Task> = {}): Task => ({
  agent: 'dev',
  config: { params: {}, secrets: [] },
  trigger: { kind: 'tick', at: 0 },
  rerun: 0,
  ...more,
})
const told = (more: Partial<Task> = {}): string => userPrompt(task(more), 870)

describe('the system prompt', () => {
  test('is what every agent is told, then the instructions as they are', () => {
    const prompt = systemPrompt({ name: 'dev', instructions: '# Work\n\nUse `LOCK(<key>)` & <b>care</b>.\n' })
    expect(prompt).toMatch(/^You are "dev"/)
    expect(prompt).toContain('unattended')
    expect(prompt).toContain('# Work\n\nUse `LOCK(<key>)` & <b>care</b>.')
    expect(prompt).toContain('Write only inside /tmp')
  })

  test('names the agent when it has no instructions', () => {
    expect(systemPrompt({ name: 'dev', instructions: ' \n' })).toContain('You are the agent "dev".')
  })

  test('names the place where the run works', () => {
    const prompt = systemPrompt({ name: 'dev', instructions: '' }, { work: '/home/ada/.al/work/1' })
    expect(prompt).toContain('Write only inside /home/ada/.al/work/1')
    expect(prompt).not.toContain('/tmp')
  })
})

describe('the user prompt', () => {
  test('has its blocks in order, and the reason of the run at the end', () => {
    const prompt = told({ config: { params: { repo: 'a/b' }, secrets: [secret('github_token', 'token')] } })
    const tags = [...prompt.matchAll(/^<([a-z-]+)>/gm)].map(([, tag]) => tag)
    expect(tags).toEqual([
      ...['agent-config', 'credential-context', 'environment'],
      ...['skill-credentials', 'skill-signal', 'skill-call', 'skill-lock'],
    ])
    expect(prompt).toContain('<agent-config>{"repo":"a/b"}</agent-config>')
    expect(prompt).toMatch(/You run on your schedule\..*\n.*870 seconds/)
  })

  test('teaches every command, and the codes it may end with', () => {
    const prompt = told()
    for (const name of [
      'al-status',
      'al-rerun',
      'al-return',
      'al-exit',
      'al-shutdown',
      'al-call',
      'al-check',
      'al-wait',
    ]) {
      expect(prompt).toContain(`\`${name}`)
    }
    for (const name of ['rlock', 'runlock', 'rlock-heartbeat']) expect(prompt).toContain(`\`${name} "<key>"\``)
    for (const word of ['LOCK(key)', 'UNLOCK(key)', 'HEARTBEAT(key)']) expect(prompt).toContain(word)
    for (const code of [10, 11, 12, 13, 14, 15, 16]) expect(prompt).toContain(`${code} `)
  })

  test('is cheap: the fixed part of both prompts is under 900 tokens of four characters', () => {
    const fixed = told() + systemPrompt({ name: 'dev', instructions: 'x' })
    expect(fixed.length).toBeLessThan(900 * 4)
  })

  test('begins the same in every run of an agent, so that a provider can cache it', () => {
    const webhook: Task = task({ trigger: { kind: 'webhook', source: 'gh', event: 'push' }, input: { a: 1 }, rerun: 0 })
    const [one, two] = [userPrompt(task(), 870), userPrompt(webhook, 12)]
    const fixed = one.slice(0, one.indexOf('You run on your schedule'))
    expect(two.startsWith(fixed)).toBe(true)
  })

  test('speaks of a read-only system where there is one', () => {
    expect(told()).toContain('read-only')
    const elsewhere = userPrompt(task(), 870, { work: '/home/ada/work' })
    expect(elsewhere).toContain('/home/ada/work')
    expect(elsewhere).not.toMatch(/read-only|\/tmp/)
  })

  test('lists what an agent may use: a line per type, with its variables', () => {
    const secrets = [
      ...[secret('github_token', 'token'), { ...secret('github_token', 'token'), instance: 'other' }],
      ...[secret('git_ssh', 'id_rsa'), secret('git_ssh', 'email'), secret('linear_oauth', 'refresh_token')],
      ...[secret('anthropic_key', 'token', 'model'), secret('sentry_token', 'token', 'header'), secret('nobody', 'x')],
    ]
    const prompt = told({ config: { params: {}, secrets } })
    const block = prompt.slice(prompt.indexOf('<credential-context>'), prompt.indexOf('</credential-context>'))
    const lines = block.split('\n').filter((line) => line.startsWith('- '))
    expect(lines.map((line) => line.slice(2, line.indexOf(':')))).toEqual(['github_token', 'git_ssh', 'linear_oauth'])
    expect(lines[0]).toContain('$GITHUB_TOKEN, $GH_TOKEN, ')
    expect(lines[1]).toContain('git@github.com')
    expect(lines[2]).toContain('$LINEAR_REFRESH_TOKEN (if set)')
  })

  test('every type with variables for an agent has its line', () => {
    for (const [type, { exposure, fields }] of Object.entries(credentialTypes)) {
      const variables = Object.values(fields).flat()
      const prompt = told({ config: { params: {}, secrets: [secret(type, 'x')] } })
      const isListed = exposure === 'agent' && variables.length > 0
      expect(prompt.includes(`- ${type}: `), type).toBe(isListed)
      for (const name of variables) expect(prompt, type).toContain(`$${name}`)
    }
  })
})

describe('the reason of the run', () => {
  const reason = (more: Partial<Task>) => told(more).split('</skill-lock>')[1] ?? ''
  const id = 'review-0123456789abcdefghij'

  test('tells each trigger apart', () => {
    expect(reason({ trigger: { kind: 'initial' } })).toContain('schedule')
    expect(reason({ trigger: { kind: 'manual' } })).toMatch(/started by hand.*\n.*new work/)
    expect(reason({ trigger: { kind: 'manual' }, input: { issue: 4 } })).toMatch(
      /started by hand.*\nThe operator gave you.*\n<operator-input>\{"issue":4\}<\/operator-input>/,
    )
    expect(reason({ trigger: { kind: 'webhook', source: 'gh', event: 'push' }, input: { title: 'x' } })).toMatch(
      /untrusted.*\n<webhook-trigger>\{"title":"x"\}<\/webhook-trigger>/,
    )
    expect(reason({ trigger: { kind: 'call', caller: id }, input: 'look\n' })).toMatch(
      /al-return.*\n<agent-call>\{"caller":"review","context":"look\\n"\}<\/agent-call>/,
    )
  })

  test('a rerun knows its number', () => {
    expect(reason({ rerun: 2 })).toContain('This is rerun 2')
    expect(reason({ rerun: 0 })).not.toContain('rerun')
  })

  test('a retry is told as what it repeats, and that it is a retry', () => {
    const trigger = { kind: 'retry', of: id, origin: { kind: 'call', caller: id } } as const
    const text = reason({ trigger, input: 'x' })
    expect(text).toContain('<agent-call>{"caller":"review","context":"x"}</agent-call>')
    expect(text).toContain('This is a retry')
  })
})
