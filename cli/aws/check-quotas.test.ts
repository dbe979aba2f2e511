import { expect, test } from 'vitest'
import type { Plan } from '../../core/plan/schema.ts'
import { quotaWarnings } from './check-quotas.ts'

const agent = (name: string, more: object) =>
  ({ name, compute: 'lambda', scale: 1, memoryMiB: 2048, ...more }) as unknown as Plan['agents'][number]

test('an account that may run fewer functions than the project is told of, with both numbers', () => {
  const agents = [
    agent('dev', { scale: 6 }),
    agent('off', { scale: 0 }),
    agent('long', { compute: 'fargate', scale: 50 }),
  ]
  expect(quotaWarnings({ agents }, 8)).toEqual([])
  expect(quotaWarnings({ agents }, 7)).toEqual([
    expect.stringContaining('7 functions at once, and this project up to 8'),
  ])
})

test('a large function in an account that looks new is told of', () => {
  const agents = [agent('big', { memoryMiB: 4096 }), agent('small', {})]
  expect(quotaWarnings({ agents }, 1000)).toEqual([])
  expect(quotaWarnings({ agents }, 10)).toEqual([expect.stringMatching(/^big need more than 3008 MiB/)])
})
