import { expect, test } from 'vitest'
import { exitCodeOf } from './run-exit-code.ts'

test.each([
  [{ outcome: 'completed' }, 0],
  [{ outcome: 'rerun', code: 42 }, 0],
  [{ outcome: 'killed' }, 137],
  [{ outcome: 'killed', code: 15 }, 137],
  [{ outcome: 'timeout' }, 124],
  [{ outcome: 'error', code: 16 }, 16],
  [{ outcome: 'error', code: 5 }, 1],
  [{ outcome: 'error', code: 0 }, 1],
  [{ outcome: 'lost' }, 1],
  [{ outcome: 'expired' }, 1],
  [{ outcome: 'refused' }, 1],
])('%j ends in %i', (run, code) => {
  expect(exitCodeOf(run)).toBe(code)
})
