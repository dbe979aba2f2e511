import { describe, expect, test } from 'vitest'
import { formatAge, formatCount, formatDollars, formatDuration, formatTokens, formatUntil } from './format.ts'

const [s, min, h, d] = [1000, 60_000, 3_600_000, 86_400_000]

test('a duration shows its two largest units, and no zero', () => {
  const shown = [0, 999, s, 59_999, min, 125 * s, h - 1, h, 63 * min, d, 2 * d + 4 * h + 59 * min].map(formatDuration)
  expect(shown).toEqual(['<1s', '<1s', '1s', '59s', '1m', '2m 5s', '59m 59s', '1h', '1h 3m', '1d', '2d 4h'])
})

describe('a distance in time', () => {
  test('shows one unit', () => {
    const now = 1_800_000_000_000
    expect([0, 12 * s, 4 * min + 59 * s, 3 * h, 2 * d].map((ms) => formatAge(now - ms, now))).toEqual([
      'now',
      '12 s ago',
      '4 min ago',
      '3 h ago',
      '2 d ago',
    ])
    expect([0, 12 * s, 4 * min, 3 * h, 2 * d].map((ms) => formatUntil(now + ms, now))).toEqual([
      'now',
      'in 12 s',
      'in 4 min',
      'in 3 h',
      'in 2 d',
    ])
  })

  test('on the wrong side of now, as clocks that differ a little make it, is now', () => {
    expect(formatAge(5000, 0)).toBe('now')
    expect(formatUntil(0, 5000)).toBe('now')
  })
})

test('tokens take at most six characters and never show a thousand of a unit', () => {
  const counts = [0, 999, 1000, 12_345, 999_949, 999_950, 4_100_000, 999_950_000]
  expect(counts.map(formatTokens)).toEqual(['0', '999', '1.0k', '12.3k', '999.9k', '1.0M', '4.1M', '1.0G'])
})

test('a cost that is not nothing never shows as nothing', () => {
  const costs = [0, 0.0001, 0.0049, 0.005, 0.04, 12.3, 999.99, 999.996, 1234.5]
  expect(costs.map(formatDollars)).toEqual([
    '$0.00',
    '<$0.01',
    '<$0.01',
    '$0.01',
    '$0.04',
    '$12.30',
    '$999.99',
    '$1,000',
    '$1,235',
  ])
})

test('a count agrees with its noun', () => {
  expect([0, 1, 2].map((count) => formatCount(count, 'run'))).toEqual(['0 runs', '1 run', '2 runs'])
})
