import { describe, expect, test } from 'vitest'
import { quote } from './quote.ts'

describe('a message shows', () => {
  test.each([
    'gh',
    'eu-west-1',
    'Europe/Berlin',
    'claude-sonnet-4',
    '61 * * * *',
    '../../etc',
    'arn:aws:iam::123:role/Deploy',
    'https://api.example.com/v1',
    'two words and a third',
  ])('%j as it is', (text) => {
    expect(quote(text)).toBe(JSON.stringify(text))
  })

  test('line breaks and quotes escaped, so that a problem stays on its line', () => {
    expect(quote('a\n"b"\u001b[31m')).toBe('"a\\n\\"b\\"\\u001b[31m"')
  })

  test('anything else by its kind', () => {
    expect([3, -1.5, true, Number.NaN, [1], {}, new Date(0), undefined, null].map(quote)).toEqual([
      '3',
      '-1.5',
      'true',
      'NaN',
      'a list',
      'a table',
      'a date',
      'nothing',
      'nothing',
    ])
  })
})

test.each([
  'x'.repeat(61),
  '9f86d081884c7d659a2feaa0c55ad015',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  'token abcdef0123456789abcdef0123456789',
  'https://hooks.example.com/T0ABCDEF/xYz0123456789AbCdEf',
  'key=abcdef0123456789abcdef',
])('%j is told by its length only', (text) => {
  expect(quote(text)).toBe(`a text of ${text.length} characters`)
})
