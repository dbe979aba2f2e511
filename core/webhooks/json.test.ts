import { expect, test } from 'vitest'
import { at, firstText, labelNames } from './json.ts'

test('a path finds what the payload says, and nothing it merely inherits', () => {
  const payload: unknown = JSON.parse('{"a":[{"b":1}],"__proto__":{"c":2},"text":"x"}')
  expect(at(payload, 'a', 0, 'b')).toBe(1)
  expect(at(payload, '__proto__', 'c')).toBe(2)
  for (const key of ['constructor', 'toString', 'c']) expect(at(payload, key)).toBeUndefined()
  expect(at({}, '__proto__')).toBeUndefined()
  expect(at(payload, 'text', 'length')).toBeUndefined()
  expect(at(null, 'a')).toBeUndefined()
})

test('the first text is the first with something in it; label names are texts', () => {
  expect(firstText(undefined, '', 0, 'a', 'b')).toBe('a')
  expect(labelNames([{ name: 'bug' }, { name: 1 }, null, 'x'])).toEqual(['bug'])
  expect(labelNames('bug')).toEqual([])
})
