import { describe, expect, it } from 'vitest'
import type { Failure } from '../../examples/scripted-model/script.ts'
import { bash, messagesOf, type PlayOptions, play } from './play.ts'

const protocols: readonly [string, PlayOptions['model']][] = [
  ['messages', {}],
  ['responses', { provider: 'openai', model: 'gpt-4o' }],
  ['completions', { provider: 'groq', model: 'llama-3.3-70b-versatile' }],
]

describe.each(protocols)('errors of the provider, %s', (_, model) => {
  const passing: readonly Failure['fail'][] = [
    ...(['rate_limit', 'overloaded', 'server', 'overloaded_in_stream', 'broken'] as const),
  ]

  it.each(passing)('after %s the same conversation goes on, with one copy of the prompt', async (fail) => {
    const { end, requests, waits } = await play(
      [{ tools: [bash('echo first')] }, { fail, times: 2 }, { text: 'Done.' }],
      { model },
    )
    expect(end).toMatchObject({ kind: 'completed', text: 'Done.', usage: { turnCount: 2 } })
    expect(requests).toHaveLength(4)
    expect(waits).toEqual([30_000, 60_000])
    expect(requests[3]?.body).toEqual(requests[1]?.body)
    expect(JSON.stringify(requests[3]?.body).split('Do what has to be done.')).toHaveLength(2)
  })

  it.each(passing)('%s without an end fails after five retries, and is no refusal of the model', async (fail) => {
    const { end, requests, waits } = await play([{ fail }], { model })
    expect(end.kind).toBe('failed')
    expect(end).not.toHaveProperty('modelRefused')
    expect(requests).toHaveLength(6)
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 300_000])
  })

  it.each([
    ['auth', 'auth'],
    ['forbidden', 'auth'],
    ['quota', 'quota'],
  ] as const)('%s ends the session at once', async (fail, modelRefused) => {
    const { end, requests, lines } = await play([{ fail }], { model })
    expect(end).toMatchObject({ kind: 'failed', modelRefused })
    expect(requests).toHaveLength(1)
    expect(messagesOf(lines, 'error')).toEqual(['session error'])
  })

  it('a request that the provider finds wrong is not made again', async () => {
    const { end, requests } = await play([{ fail: 'bad_request', message: 'field 429 is 500 too long' }], { model })
    expect(end).toMatchObject({ kind: 'failed', why: expect.stringContaining('field 429 is 500 too long') })
    expect(end).not.toHaveProperty('modelRefused')
    expect(requests).toHaveLength(1)
  })

  it('says why in the words of the provider, shortly and without the key', async () => {
    const message = `the key key-of-the-test is no good, sk-proj-abcdefgh neither. ${'More. '.repeat(100)}`
    const { end, lines } = await play([{ fail: 'auth', message }], { model })
    const why = end.kind === 'failed' ? end.why : ''
    expect(why).toContain('is no good')
    expect(why.length).toBeLessThanOrEqual(300)
    expect(JSON.stringify([end, lines.filter((line) => line.level !== 'debug')])).not.toMatch(
      /key-of-the-test|abcdefgh/,
    )
  })
})

describe('waiting for the provider', () => {
  it('waits as long as it asks, five minutes at most', async () => {
    const date = new Date(Date.now() + 120_000).toUTCString()
    const { waits, lines } = await play([
      { fail: 'rate_limit', retryAfter: 7 },
      { fail: 'rate_limit', retryAfter: date },
      { fail: 'rate_limit', retryAfter: 4000 },
      { text: 'x' },
    ])
    expect(waits[0]).toBe(7_000)
    expect(waits[1]).toBeGreaterThan(110_000)
    expect(waits[1]).toBeLessThanOrEqual(120_000)
    expect(waits[2]).toBe(300_000)
    const told = lines.filter(({ message }) => message === 'rate limited, retrying prompt')
    expect(told.map(({ fields }) => fields.attempt)).toEqual([1, 2, 3])
    expect(told[0]).toMatchObject({ level: 'warn', fields: { delayMs: 7_000 } })
  })

  it('counts failures in a row, so that a long session has five retries each time', async () => {
    const { end } = await play([
      { fail: 'overloaded', times: 4 },
      { tools: [bash('true')] },
      { fail: 'overloaded', times: 4 },
      { text: 'x' },
    ])
    expect(end.kind).toBe('completed')
  })

  it('a provider that nobody answers for is tried five times more', async () => {
    const { end, waits } = await play([], { model: { baseUrl: 'http://127.0.0.1:1' } })
    expect(end).toMatchObject({ kind: 'failed' })
    expect(end).not.toHaveProperty('modelRefused')
    expect(waits).toHaveLength(5)
  })

  it('the text of an answer that broke is told once, when it is whole', async () => {
    const { lines } = await play([{ fail: 'broken' }, { text: 'the whole answer' }])
    expect(lines.filter(({ message }) => message === 'assistant').map(({ fields }) => fields.text)).toEqual([
      'the whole answer',
    ])
  })

  it('strikes the token of a header out of what it says', async () => {
    const { end } = await play([{ fail: 'auth', message: 'unknown token abcdefgh123' }], {
      model: { provider: 'custom', model: 'x', headers: { authorization: 'Bearer abcdefgh123' } },
    })
    expect(end).toMatchObject({ why: expect.stringContaining('unknown token [secret]') })
  })

  it('what a broken answer had cost counts', async () => {
    const { end } = await play([{ fail: 'broken' }, { text: 'x' }])
    expect(end.usage).toMatchObject({ inputTokens: 200, turnCount: 1 })
  })
})
