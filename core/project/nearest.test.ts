import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearest, nearestWord } from './nearest.ts'
import { agentSchema } from './schema/agent.ts'
import { configSchema } from './schema/config.ts'

const known = Object.keys({ ...configSchema.shape, ...agentSchema.shape })

describe('a typo', () => {
  const typos: Readonly<Record<string, (word: string, i: number) => string>> = {
    'left out': (word, i) => word.slice(0, i) + word.slice(i + 1),
    doubled: (word, i) => word.slice(0, i + 1) + word.slice(i),
    wrong: (word, i) => `${word.slice(0, i)}q${word.slice(i + 1)}`,
    'swapped with the next': (word, i) => word.slice(0, i) + (word[i + 1] ?? '') + word[i] + word.slice(i + 2),
  }

  test.each(Object.keys(typos))('of one letter %s still finds the word', (kind) => {
    for (const word of known) {
      for (let i = 0; i < word.length; i++) {
        const typo = typos[kind]?.(word, i) ?? ''
        if (!known.includes(typo)) expect([typo, nearestWord(typo, known)]).toEqual([typo, word])
      }
    }
  })

  test('in capitals, with underscores or shortened finds it too', () => {
    expect(nearestWord('maxreruns', known)).toBe('maxReruns')
    expect(nearestWord('work_queue_size', known)).toBe('workQueueSize')
    expect(nearestWord('cred', known)).toBe('credentials')
    expect(nearestWord('repository', ['events', 'repos'])).toBe('repos')
  })
})

test('a word that is like none gets no suggestion', () => {
  for (const word of ['x', 'database', 'kubernetes', '']) expect(nearest(word, known)).toBe('')
  expect(nearest('scal', known)).toBe(' (did you mean "scale"?)')
})

test('a suggestion is always one of the known words, however long the text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), fc.array(fc.string({ maxLength: 20 })), (word, words) => {
      const found = nearestWord(word, words)
      if (found !== undefined) expect(words).toContain(found)
      if (words.includes(word) && word.length <= 64) expect(found).toBe(word)
    }),
  )
})
