import { describe, expect, it } from 'vitest'
import { bash, messagesOf, play } from './play.ts'

const long = (word: string) => ({ tools: [bash(`for i in $(seq 500); do printf '%s ' ${word}; done`)] })
const small = { contextWindow: 8_000, maxTokens: 1_000 }
const text = (value: unknown): string => JSON.stringify(value)

describe('a conversation that outgrows the context window', () => {
  it('is summarized by the model, and goes on with the summary and the latest turns', async () => {
    const words = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel', 'india', 'juliet']
    const turns = words.map((word, index) => ({ ...long(word), usage: { input: 900 * (index + 1), output: 50 } }))
    const { end, requests, lines } = await play([...turns, { text: 'Done.', usage: { input: 10, output: 5 } }], {
      model: small,
      summary: 'So far alpha and others were said.',
    })
    expect(end).toMatchObject({ kind: 'completed', text: 'Done.' })
    const summaries = requests.filter(({ body }) => text(body).includes('<conversation>'))
    expect(summaries.length).toBeGreaterThanOrEqual(1)
    expect(messagesOf(lines)).toContain('context compacted')
    const last = requests.at(-1)?.body
    expect(text(last)).toContain('So far alpha and others were said.')
    expect(text(last)).toContain('You are a test.')
    expect(text(last)).toContain('juliet juliet')
    expect(text(last)).not.toContain('alpha alpha')
    expect(end.usage.turnCount).toBe(11)
    // Every call to the model counts, those for summaries too.
    expect(end.usage.outputTokens).toBe(10 * 50 + 5 + summaries.length * 20)
  })

  it('is summarized once and tried again when the provider says that it is too long', async () => {
    const { end, requests } = await play(
      [long('alpha'), long('bravo'), long('charlie'), long('delta'), { fail: 'overflow' }, { text: 'Done.' }],
      { model: { ...small, contextWindow: 7_000 }, summary: 'A summary.' },
    )
    expect(end).toMatchObject({ kind: 'completed', text: 'Done.' })
    expect(text(requests.at(-1)?.body)).toContain('A summary.')
  })

  it('ends if it is still too long then', async () => {
    const { end, requests } = await play([long('alpha'), long('bravo'), long('charlie'), { fail: 'overflow' }], {
      model: { ...small, contextWindow: 7_000 },
    })
    expect(end).toMatchObject({ kind: 'failed', why: expect.stringContaining('prompt is too long') })
    expect(requests.length).toBeLessThanOrEqual(6)
  })

  it('a prompt that does not fit is an error, not a loop', async () => {
    const { end, requests } = await play([{ fail: 'overflow' }])
    expect(end).toMatchObject({ kind: 'failed', why: expect.stringContaining('prompt is too long') })
    expect(requests).toHaveLength(1)
  })
})
