import { expect, test } from 'vitest'
import { redacting } from './log.ts'

const logged = (message: string, fields?: Record<string, unknown>) => {
  const lines: unknown[] = []
  redacting((...line) => void lines.push(line))('info', message, fields)
  return lines[0]
}
const run = 'dev-0123456789abcdefghij'
const secret = `${run}.${'aB-_'.repeat(10)}xyz`

test('a secret is left out under its name, and wherever it stands by its looks', () => {
  expect(logged(`no ${secret}!`)).toEqual(['info', `no ${run}.[redacted]!`, undefined])
  const fields = { Authorization: 'x', session: { a: 1 }, deep: [{ token: 5, path: `/calls/${secret}` }], run, ms: 1 }
  expect(logged('x', fields)).toEqual([
    'info',
    'x',
    {
      Authorization: '[redacted]',
      session: '[redacted]',
      deep: [{ token: '[redacted]', path: `/calls/${run}.[redacted]` }],
      run,
      ms: 1,
    },
  ])
})

test('what is no secret stays as it is', () => {
  const fields = { file: 'gateway-app.test.ts', run, inputTokens: 5, none: undefined, at: null }
  expect(logged('x', fields)).toEqual(['info', 'x', fields])
})

test('a field that contains itself, and a text made to be slow, are no trouble', () => {
  const loop: Record<string, unknown> = {}
  loop.self = loop
  expect(() => logged('x', loop)).not.toThrow()
  const start = performance.now()
  logged('a-'.repeat(500_000))
  expect(performance.now() - start).toBeLessThan(1000)
})
