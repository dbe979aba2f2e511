import { expect, test } from 'vitest'
import { cloudLoggingStamp, jsonLog, lambdaStamp } from './json-log.ts'

test.each([
  ['Lambda', lambdaStamp(() => 0), { timestamp: '1970-01-01T00:00:00.000Z', level: 'WARN' }, { level: 'ERROR' }],
  ['Cloud Logging', cloudLoggingStamp('p'), { severity: 'WARNING' }, { severity: 'ERROR' }],
])(
  'a line for %s is one JSON object with level and message, and no field can replace those',
  (_, stamp, warn, error) => {
    const lines: string[] = []
    const log = jsonLog((line) => lines.push(line), stamp)
    log('warn', 'two\nlines', { run: 'dev-1', message: 'mine', timestamp: 'mine', severity: 'mine', ...warn })
    log('debug', 'too much')
    log('error', 'last')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { ...warn, message: 'two\nlines', run: 'dev-1' },
      { ...error, message: 'last' },
    ])
    for (const line of lines) expect(line.indexOf('\n')).toBe(line.length - 1)
  },
)

test('a line of a request is found below it in Cloud Logging, and no other line', () => {
  const stamp = cloudLoggingStamp('acme-prod')
  const requestId = '0123456789abcdef'.repeat(2)
  expect(stamp('info', { requestId })).toEqual({
    severity: 'INFO',
    'logging.googleapis.com/trace': `projects/acme-prod/traces/${requestId}`,
  })
  for (const other of [{}, { requestId: 'mine' }, { requestId: 7 }]) {
    expect(stamp('debug', other)).toEqual({ severity: 'DEBUG' })
  }
})
