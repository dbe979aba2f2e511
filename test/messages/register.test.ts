import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { root } from '../support/synth-project.ts'
import { register } from './register.ts'

const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

test('every weakness has one entry, with what is here instead and a test that shows it', () => {
  expect(register.map(({ number }) => number)).toEqual([...from(1, 9), ...from(20, 41)])
  for (const { number, there, here, shown } of register) {
    expect(there.length * here.length, `${number}`).toBeGreaterThan(0)
    expect(Object.values(shown).flat().length, `${number}`).toBeGreaterThan(0)
  }
})

/** A text as one of the ways to quote it in source code; Biome takes the one that needs no escape. */
const quoted = (text: string) => [`'${text}'`, `"${text}"`, `\`${text}\``, `'${text.replaceAll("'", "\\'")}'`]

/** Whether a test file has a test of that title: in a call of `test` or `it`, or in a table. One that is always skipped is none. */
const hasTest = (source: string, title: string) =>
  quoted(title).some((text) =>
    source
      .split(text)
      .slice(0, -1)
      .some((before) => /(?:title: |\b(?:test|it)\(\s*|\)\(\s*)$/.test(before)),
  )

describe('the tests it names are there', () => {
  test.each(register.map((one) => [one.number, one.here, one] as const))('%i: %s', (_number, _here, { shown }) => {
    for (const [file, titles] of Object.entries(shown)) {
      const source = readFileSync(`${root}/${file}`, 'utf8')
      for (const title of titles) expect(hasTest(source, title), `${file}: ${title}`).toBe(true)
    }
  })
})

test('a title that was changed, is only mentioned, or belongs to a test that is always skipped is missed', () => {
  const source =
    "test('one', () => {})\n// 'two'\ntest.skip('three', () => {})\ntest.each(cases)('four %s', () => {})\n"
  expect(['one', 'two', 'three', 'four %s', 'on'].filter((title) => hasTest(source, title))).toEqual(['one', 'four %s'])
})
