import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wholeNumber, withOption } from './arguments.ts'
import { UsageError } from './command.ts'

test('an option stands anywhere, in both spellings', () => {
  for (const args of [
    ['--ttl', '5', 'a', 'b'],
    ['a', '--ttl=5', 'b'],
    ['a', 'b', '--ttl', '5'],
  ]) {
    expect(withOption('--ttl', args)).toEqual({ rest: ['a', 'b'], value: '5' })
  }
})

test('after -- everything is data', () => {
  expect(withOption('--ttl', ['--', '--ttl', '--', '5'])).toEqual({ rest: ['--ttl', '--', '5'] })
})

test('an option without its value, or given twice, is a mistake', () => {
  for (const args of [['--ttl'], ['a', '--ttl'], ['--ttl=1', '--ttl', '2']]) {
    expect(() => withOption('--ttl', args)).toThrow(UsageError)
  }
})

test('what only looks like an option is data', () => {
  const word = fc.string().filter((text) => text !== '--' && text !== '--ttl' && !text.startsWith('--ttl='))
  fc.assert(
    fc.property(fc.array(word), (args) => {
      expect(withOption('--ttl', args)).toEqual({ rest: args })
    }),
  )
})

test('numbers are whole, written out, and within their bounds', () => {
  const range = { min: 1, max: 900 }
  expect(wholeNumber('--ttl', '1', range)).toBe(1)
  expect(wholeNumber('--ttl', '900', range)).toBe(900)
  for (const text of ['0', '901', '', ' 5', '5 ', '1.5', '1e2', '0x10', '-1', '+1', 'NaN', '9'.repeat(400)]) {
    expect(() => wholeNumber('--ttl', text, range), text).toThrow(UsageError)
  }
})
