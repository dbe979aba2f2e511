import { expect, test } from 'vitest'
import type { Run } from '../../core/scheduler/run.ts'
import { lineOf } from './event-line.ts'
import type { HostEvent, HostHappening } from './host-event.ts'

const time = Date.parse('2026-11-21T10:00:00Z')

const run = (more: Partial<Run> = {}): Run => ({
  agent: 'dev',
  suffix: 'a'.repeat(20),
  state: 'done',
  trigger: { kind: 'manual' },
  chain: [],
  rerun: 0,
  createdAt: time,
  startedAt: time,
  endedAt: time + 65_000,
  attempt: 1,
  tickets: [],
  compute: 'docker',
  calls: 0,
  ...more,
})

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, totalTokens: 12_345 }
const at = (happening: HostHappening): HostEvent => ({ time, ...happening })
const textOf = (happening: HostHappening) => lineOf(at(happening))?.text

test('a run that is over says how long it took, what it cost, why it failed, and when the next one is', () => {
  const done = run({ outcome: 'completed', code: 0, usage: { ...usage, cost: 0.04, turnCount: 3 } })
  expect(textOf({ kind: 'ended', run: done, next: time + 3600_000 })).toBe(
    'completed (1m 5s, 12.3k tokens, $0.04); next run 2026-11-21T11:00:00.000Z',
  )
  const failed = run({ outcome: 'error', code: 11, reason: 'no\u001b[2J access' })
  expect(lineOf(at({ kind: 'ended', run: failed }))).toMatchObject({
    agent: 'dev',
    level: 'error',
    text: 'error (1m 5s, code 11): no access',
  })
  expect(textOf({ kind: 'ended', run: run({ outcome: 'rerun', next: 'b'.repeat(20) }) })).toContain('goes on')
})

test('a run that begins says why', () => {
  const webhook = { kind: 'webhook', source: 'github', event: 'issues' } as const
  expect(textOf({ kind: 'queued', run: run({ trigger: webhook }) })).toBe('queued (webhook github issues)')
  expect(textOf({ kind: 'started', run: run({ trigger: { kind: 'tick', at: time }, rerun: 2 }) })).toContain(
    'started (schedule, rerun 2)',
  )
})

test('what an agent says is one line that cannot move the cursor', () => {
  const output = (msg: string, more: object = {}, level = 30) =>
    textOf({ kind: 'output', agent: 'dev', entry: { level, time, msg, ...more } })
  expect(output('assistant', { text: 'one\r\n\u001b[31mtwo\u0007' })).toBe('one two')
  expect(output('bash', { cmd: 'ls -l' })).toBe('$ ls -l')
  expect(output('tool error', { error: 'broken' }, 50)).toBe('tool error: broken')
  expect(output('event', {}, 20)).toBeUndefined()
  expect(textOf({ kind: 'status', run: run(), text: '\u001b]0;title\u0007busy' })).toBe('busy')
})

test('images are told of when something happens to them', () => {
  expect(textOf({ kind: 'image', key: 'dev', state: 'waiting' })).toBeUndefined()
  expect(textOf({ kind: 'image', key: 'dev', state: 'building', detail: 'step 2/9' })).toBe(
    'image dev: building (step 2/9)',
  )
})
