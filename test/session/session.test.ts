import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bash, messagesOf, type PlayOptions, play } from './play.ts'

describe('a session with the model', () => {
  const protocols: readonly [string, PlayOptions['model'], string][] = [
    ['anthropic', {}, '/v1/messages'],
    ['openai', { provider: 'openai', model: 'gpt-4o' }, '/v1/responses'],
    ['groq', { provider: 'groq', model: 'llama-3.3-70b-versatile' }, '/v1/chat/completions'],
    ['xai', { provider: 'xai', model: 'grok-4.5' }, '/v1/responses'],
    ['mistral', { provider: 'mistral', model: 'mistral-large-2411' }, '/v1/chat/completions'],
    ['openrouter', { provider: 'openrouter', model: 'a/model-of-tomorrow' }, '/v1/chat/completions'],
    ['custom, completions', { provider: 'custom', model: 'x', api: 'openai-completions' }, '/v1/chat/completions'],
    ['custom, responses', { provider: 'custom', model: 'x', api: 'openai-responses' }, '/v1/responses'],
    ['custom, messages', { provider: 'custom', model: 'x', api: 'anthropic-messages' }, '/v1/messages'],
  ]

  it.each(protocols)('runs tools and ends with the last text: %s', async (_, model, path) => {
    const { end, requests, directory } = await play(
      [
        { text: 'I write a file.', tools: [{ name: 'write', input: { path: 'a.txt', content: 'one' } }] },
        { tools: [bash('cat a.txt; echo two'), { name: 'read', input: { path: '~/a.txt' } }] },
        { tools: [{ name: 'edit', input: { path: 'a.txt', edits: [{ oldText: 'one', newText: 'three' }] } }] },
        { text: 'All is done.' },
      ],
      { model },
    )
    expect(end).toMatchObject({ kind: 'completed', text: 'All is done.', usage: { turnCount: 4, outputTokens: 80 } })
    expect(requests.map((request) => request.path)).toEqual([path, path, path, path])
    expect(JSON.stringify(requests[2]?.body)).toContain('one')
    expect(await readFile(join(directory, 'a.txt'), 'utf8')).toBe('three')
  })

  it('sends the key where each protocol has it, and headers of a custom model instead of a key', async () => {
    const anthropic = await play([{ text: 'x' }])
    expect(anthropic.requests[0]?.headers['x-api-key']).toBe('key-of-the-test')
    const oauth = await play([{ text: 'x' }], { apiKey: 'sk-ant-oat01-abc', model: { authType: 'oauth_token' } })
    expect(oauth.requests[0]?.headers.authorization).toBe('Bearer sk-ant-oat01-abc')
    const openai = await play([{ text: 'x' }], { model: { provider: 'openai', model: 'gpt-4o' } })
    expect(openai.requests[0]?.headers.authorization).toBe('Bearer key-of-the-test')
    for (const api of ['openai-completions', 'openai-responses', 'anthropic-messages'] as const) {
      const own = await play([{ text: 'x' }], {
        apiKey: undefined,
        model: { provider: 'custom', model: 'x', api, headers: { 'X-Team': 'red' } },
      })
      expect(own.end.kind).toBe('completed')
      expect(own.requests[0]?.headers['x-team']).toBe('red')
      expect(own.requests[0]?.headers.authorization).toBeUndefined()
      expect(own.requests[0]?.headers['x-api-key']).toBeUndefined()
    }
  })

  it('says which credential is missing, and asks nobody', async () => {
    const { end, requests } = await play([{ text: 'x' }], { apiKey: undefined })
    expect(end).toMatchObject({ kind: 'failed', modelRefused: 'auth', why: expect.stringContaining('anthropic_key') })
    expect(requests).toEqual([])
  })

  it('tells what happens in the lines of the log protocol, in order', async () => {
    const { lines } = await play([
      { text: 'Looking.', tools: [bash('echo hello')] },
      { tools: [bash('echo broken >&2; exit 3')] },
      { text: 'Fine.' },
    ])
    expect(messagesOf(lines).filter((message) => message !== 'event')).toEqual([
      ...['creating agent session', 'session created, sending prompt', 'assistant'],
      ...['bash', 'tool start', 'tool done', 'bash', 'tool start', 'tool error', 'assistant', 'prompt returned'],
    ])
    const field = (message: string) => lines.find((line) => line.message === message)
    expect(field('assistant')).toMatchObject({ level: 'info', fields: { text: 'Looking.' } })
    expect(field('bash')).toMatchObject({ level: 'info', fields: { cmd: 'echo hello' } })
    expect(field('tool error')).toMatchObject({
      level: 'error',
      fields: { tool: 'bash', cmd: 'echo broken >&2; exit 3', result: expect.stringContaining('broken') },
    })
    expect(field('prompt returned')?.fields).toMatchObject({ resultType: 'completed' })
  })

  it('cuts commands in the log at 200 characters and results at 1000', async () => {
    const { lines } = await play([{ tools: [bash(`printf '%5000d' 7; exit 1 # ${'x'.repeat(300)}`)] }, { text: 'x' }])
    const error = lines.find(({ message }) => message === 'tool error')
    expect(String(error?.fields.cmd)).toHaveLength(200)
    expect(String(error?.fields.result)).toHaveLength(1000)
  })

  it('gives commands the environment it was given and nothing of its own process', async () => {
    process.env.OF_THE_PROCESS = 'leaked'
    const { requests, directory } = await play([{ tools: [bash('env | sort; pwd')] }, { text: 'x' }], {
      environment: { PATH: process.env.PATH ?? '', GATEWAY_URL: 'http://gateway' },
    })
    delete process.env.OF_THE_PROCESS
    const seen = JSON.stringify(requests[1]?.body.messages)
    expect(seen).toContain('GATEWAY_URL=http://gateway')
    expect(seen).toContain(directory)
    expect(seen).not.toContain('leaked')
    expect(seen).not.toContain('VITEST')
  })

  it('shows the model the end of a long output and keeps the whole of it in the directory', async () => {
    const { requests, directory } = await play([{ tools: [bash('seq 1 100000')] }, { text: 'x' }])
    const seen = JSON.stringify(requests[1]?.body.messages)
    expect(seen.length).toBeLessThan(120_000)
    expect(seen).toContain('100000')
    const [, file = ''] = /Full output: ([^\]\\"]+)/.exec(seen) ?? []
    expect(file.startsWith(directory)).toBe(true)
    expect((await readFile(file, 'utf8')).split('\n').length).toBe(100_001)
  })

  it('ends a command at the timeout that the model set, and goes on', async () => {
    const { end, requests } = await play([{ tools: [bash('sleep 60', 0.2)] }, { text: 'Too slow.' }])
    expect(end).toMatchObject({ kind: 'completed', text: 'Too slow.' })
    expect(JSON.stringify(requests[1]?.body.messages)).toContain('timed out after 0.2 seconds')
  })

  it('adds up tokens and cost over the turns and reports the total after each', async () => {
    const { end, totals } = await play([
      { tools: [bash('true')], usage: { input: 1_000_000, output: 1000, cacheRead: 200_000, cacheWrite: 100_000 } },
      { text: 'x', usage: { input: 500, output: 100 } },
    ])
    expect(end.usage).toMatchObject({
      ...{ inputTokens: 1_000_500, outputTokens: 1100, cacheReadTokens: 200_000, cacheWriteTokens: 100_000 },
      ...{ totalTokens: 1_301_600, turnCount: 2 },
    })
    expect(end.usage.cost).toBeGreaterThan(3)
    expect(totals.map(({ turnCount }) => turnCount)).toEqual([1, 2])
    expect(totals.at(-1)).toEqual(end.usage)
  })

  it('runs a model that the library does not know, with a warning that says how it is treated', async () => {
    const dated = await play([{ text: 'x' }], { model: { model: 'claude-sonnet-4-20250514' } })
    expect(dated.end.kind).toBe('completed')
    expect(dated.requests[0]?.body).toMatchObject({ model: 'claude-sonnet-4-20250514', max_tokens: 32_000 })
    expect(messagesOf(dated.lines, 'warn')).toEqual([expect.stringContaining('priced like claude-sonnet-4-5')])
    expect(dated.end.usage.cost).toBeGreaterThan(0)
    const strange = await play([{ text: 'x' }], { model: { model: 'scripted/default' } })
    expect(messagesOf(strange.lines, 'warn')).toEqual([expect.stringContaining('its cost counts as 0')])
    expect(strange.end.usage).toMatchObject({ cost: 0, totalTokens: 120 })
  })

  it('asks for thinking where the model offers it, and ignores it elsewhere', async () => {
    const able = await play([{ thinking: 'Hm.', text: 'x' }], { model: { thinkingLevel: 'low' } })
    expect(able.requests[0]?.body.thinking).toMatchObject({ type: 'enabled' })
    const unable = await play([{ text: 'x' }], {
      model: { provider: 'openai', model: 'gpt-4o', thinkingLevel: 'high' },
    })
    expect(unable.end.kind).toBe('completed')
    expect(unable.requests[0]?.body.reasoning).toBeUndefined()
    expect(messagesOf(unable.lines, 'debug')).toContain('thinking level not offered by the model')
  })

  it('lets the model go on when its answer was cut off, but not for ever', async () => {
    const once = await play([{ text: 'The first half', cut: true }, { text: ' and the second.' }])
    expect(once.end).toMatchObject({ kind: 'completed', text: ' and the second.' })
    const always = await play(Array.from({ length: 9 }, () => ({ text: 'more', cut: true })))
    expect(always.end).toMatchObject({ kind: 'failed', why: expect.stringContaining('cut off') })
    expect(always.requests).toHaveLength(4)
  })
})
