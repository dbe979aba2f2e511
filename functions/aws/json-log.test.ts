import { expect, test } from 'vitest'
import { jsonLog } from './json-log.ts'

test('a line is one JSON object with time, level and message, and no field can replace those', () => {
  const lines: string[] = []
  const log = jsonLog(
    (line) => lines.push(line),
    'info',
    () => 0,
  )
  log('warn', 'two\nlines', { run: 'dev-1', level: 'mine', message: 'mine' })
  log('debug', 'too much')
  log('error', 'last')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { timestamp: '1970-01-01T00:00:00.000Z', level: 'WARN', message: 'two\nlines', run: 'dev-1' },
    { timestamp: '1970-01-01T00:00:00.000Z', level: 'ERROR', message: 'last' },
  ])
  for (const line of lines) expect(line.indexOf('\n')).toBe(line.length - 1)
})
