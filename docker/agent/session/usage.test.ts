import { expect, test } from 'vitest'
import { addUsage, nothingUsed } from './usage.ts'

const call = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0, totalTokens: 15 }
const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0.5 }

test.each([Number.NaN, -3, Number.POSITIVE_INFINITY])(
  'what a provider counts as %d takes nothing back and spoils no sum',
  (odd) => {
    const used = addUsage(nothingUsed, { ...call, cost }, 1)
    const strange = { ...call, input: odd, totalTokens: odd, cost: { ...cost, total: odd } }
    expect(addUsage(used, strange, 1)).toMatchObject({
      ...{ inputTokens: 10, outputTokens: 10, totalTokens: 15, cost: 0.5, turnCount: 2 },
    })
  },
)
