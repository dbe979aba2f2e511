import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainText } from './plain-text.ts'

describe('text of others', () => {
  test('loses colours, titles, links and cursor movements, and keeps its words', () => {
    const text =
      '\x1b[31mred\x1b[0m \x1b]0;a title\x07then \x1b[2J\x1b[1;1Hhome \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\'
    expect(plainText(text)).toBe('red then home link')
  })

  test('becomes one line', () => {
    expect(plainText('  one\r\ntwo\tthree\u2028four\n\n')).toBe('one two three four')
  })

  test('cannot turn the direction of writing', () => {
    expect(plainText('safe\u202etxt.exe\u2066!')).toBe('safetxt.exe!')
  })

  test('keeps other scripts and emoji', () => {
    expect(plainText('grüße 世界 🚀')).toBe('grüße 世界 🚀')
  })

  test('has no control character and is no longer than asked for, whatever comes', () => {
    const pieces = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\x1b', '\x9b', '\x1b[', '\r', '\x07', '\ud800'),
    )
    fc.assert(
      fc.property(fc.array(pieces), (texts) => {
        const shown = plainText(texts.join(''), 40)
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u)
        expect(shown.length).toBeLessThanOrEqual(40)
      }),
    )
  })
})
