import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Trigger } from '../scheduler/run.ts'
import { userPrompt } from './prompt.ts'

/** Whatever people outside write, it stays inside its block. `SEED=n` repeats a failure. */

const id = 'review-0123456789abcdefghij'
const triggers: Readonly<Record<string, Trigger>> = {
  'webhook-trigger': { kind: 'webhook', source: 'gh', event: 'issues' },
  'agent-call': { kind: 'call', caller: id },
  'operator-input': { kind: 'manual' },
}
const tags = ['agent-config', 'credential-context', 'environment', 'skill-lock', ...Object.keys(triggers)]

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...tags.flatMap((tag) => [`</${tag}>`, `<${tag}>`, `</ ${tag}>`, `\\u003c/${tag}>`, `<${tag} x="`]),
      ),
      fc.constantFrom(
        '<',
        '>',
        '</',
        '\\',
        '"',
        '\n',
        '\r',
        '\u2028',
        '\u2029',
        '\u0085',
        '\ud800',
        '<!--',
        ']]>',
        '&lt;',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

const json = fc.oneof(
  hostile,
  fc.dictionary(hostile, fc.oneof(hostile, fc.integer(), fc.array(hostile, { maxLength: 4 }))),
)

const ask = (trigger: Trigger, input: unknown, params: Readonly<Record<string, unknown>> = {}) =>
  userPrompt({ agent: 'dev', config: { params, secrets: [] }, trigger, rerun: 0, input }, 870)

const angles = (text: string): number => text.split('<').length - 1
const options = { numRuns: process.env.CI ? 5_000 : 500, ...(process.env.SEED && { seed: Number(process.env.SEED) }) }

test.each(Object.entries(triggers))('nothing in the input opens or closes a block: %s', (tag, trigger) => {
  const harmless = angles(ask(trigger, 'x'))
  fc.assert(
    fc.property(json, (input) => {
      const prompt = ask(trigger, input)
      expect(angles(prompt)).toBe(harmless)
      expect(prompt).not.toMatch(/[\u2028\u2029]/)
      const [, inside = '', ...more] = prompt.split(new RegExp(`</?${tag}>`))
      expect(more).toHaveLength(1)
      // One line, and the same value once read.
      expect(inside).not.toMatch(/[\r\n]/)
      const said = JSON.parse(inside)
      expect(JSON.stringify(tag === 'agent-call' ? said.context : said)).toBe(JSON.stringify(input))
    }),
    options,
  )
})

test('nor does anything in the parameters', () => {
  const harmless = angles(ask({ kind: 'initial' }, undefined))
  fc.assert(
    fc.property(fc.dictionary(hostile, hostile), (params) => {
      expect(angles(ask({ kind: 'initial' }, undefined, params))).toBe(harmless)
    }),
    options,
  )
})
