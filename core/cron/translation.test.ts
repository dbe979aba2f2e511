import { describe, expect, it } from 'vitest'
import { toCloudScheduler } from './cloud-scheduler.ts'
import { type Cron, parseCron } from './cron.ts'
import { toEventBridge } from './eventbridge.ts'
import { bounded } from './expression.ts'
import { cloudSchedulerSchedule, eventBridgeSchedule } from './testing/cloud-models.ts'

function cron(line: string): Cron {
  const parsed = parseCron(line)
  if (!parsed.ok) throw new Error(`${line}: ${parsed.reason}`)
  return parsed.cron
}

function eventBridge(line: string): readonly string[] {
  const translation = toEventBridge(cron(line))
  return translation.ok ? translation.expressions : [translation.reason]
}

function cloudScheduler(line: string): string {
  const translation = toCloudScheduler(cron(line))
  return translation.ok ? translation.expressions[0] : translation.reason
}

describe('a line becomes these expressions', () => {
  it.each<[string, readonly string[], string]>([
    ['*/5 * * * *', ['cron(0/5 * * * ? *)'], '*/5 * * * *'],
    ['0 0 * * 0', ['cron(0 0 ? * 1 *)'], '0 0 * * 0'],
    ['0 0 * * 7', ['cron(0 0 ? * 1 *)'], '0 0 * * 0'],
    ['0 12 * * SUN-TUE', ['cron(0 12 ? * 1-3 *)'], '0 12 * * 0-2'],
    ['0 0 13 * 5', ['cron(0 0 13 * ? *)', 'cron(0 0 ? * 6 *)'], '0 0 13 * 5'],
    ['0 0 1,15 * MON', ['cron(0 0 1,15 * ? *)', 'cron(0 0 ? * 2 *)'], '0 0 1,15 * 1'],
    ['30 2 * * *', ['cron(30 2 * * ? *)'], '30 2 * * *'],
    ['15 1-23/7 * * *', ['cron(15 1/7 * * ? *)'], '15 1-23/7 * * *'],
    ['0 0 29 2 *', ['cron(0 0 29 2 ? *)'], '0 0 29 2 *'],
    ['5-59/10 * * JAN,MAR,OCT *', ['cron(5/10 * * 1,3,10 ? *)'], '5-59/10 * * 1,3,10 *'],
    ['0 9 * * 1-5', ['cron(0 9 ? * 2-6 *)'], '0 9 * * 1-5'],
    ['7,37 */6 1-7 * *', ['cron(7,37 0/6 1-7 * ? *)'], '7,37 */6 1-7 * *'],
    ['0 0 31 * *', ['cron(0 0 31 * ? *)'], '0 0 31 * *'],
    ['*/7 * * * *', ['cron(0/7 * * * ? *)'], '*/7 * * * *'],
    ['0 0 * 2-12/2 SAT', ['cron(0 0 ? 2/2 7 *)'], '0 0 * 2-12/2 6'],

    ['@hourly', ['cron(0 * * * ? *)'], '0 * * * *'],
    ['@weekly', ['cron(0 0 ? * 1 *)'], '0 0 * * 0'],
    ['@yearly', ['cron(0 0 1 1 ? *)'], '0 0 1 1 *'],
    ['* * * * *', ['cron(* * * * ? *)'], '* * * * *'],
    ['0-59 0-23 1-31 1-12 0-6', ['cron(* * * * ? *)'], '* * * * *'],
  ])('%s', (line, expressions, expression) => {
    expect(eventBridge(line)).toEqual(expressions)
    expect(cloudScheduler(line)).toBe(expression)
  })
})

describe('an expression keeps the exact meaning', () => {
  it('where a weekend wraps around the end of the week', () => {
    expect(eventBridge('0 0 * * FRI-SUN')).toEqual(['cron(0 0 ? * 1,6,7 *)'])
    expect(cloudScheduler('0 0 * * FRI-SUN')).toBe('0 0 * * 0,5,6')
  })

  it('where a restricted day field covers every value', () => {
    expect(eventBridge('0 0 1 * 0-6')).toEqual(['cron(0 0 * * ? *)'])
    expect(cloudScheduler('0 0 1 * 0-6')).toBe('0 0 * * *')
    expect(eventBridge('0 0 1-31 * MON')).toEqual(['cron(0 0 * * ? *)'])
    expect(cloudScheduler('0 0 1-31 * MON')).toBe('0 0 * * *')
  })

  it('where a step in a day field could be taken for an unrestricted asterisk', () => {
    expect(cloudScheduler('0 0 */2 * MON')).toBe('0 0 1-31/2 * 1')
    expect(cloudScheduler('0 0 13 * */2')).toBe('0 0 13 * 0,2,4,6')
  })

  it('where a step stops short of the end of the field', () => {
    expect(eventBridge('0-30/10 * * * *')).toEqual(['cron(0,10,20,30 * * * ? *)'])
    expect(cloudScheduler('0-30/10 * * * *')).toBe('0,10,20,30 * * * *')
  })

  it('without a step in the weekday of EventBridge, which has none', () => {
    expect(eventBridge('0 0 * * */2')).toEqual(['cron(0 0 ? * 1,3,5,7 *)'])
  })

  it('without an expression for a day that never comes', () => {
    expect(eventBridge('0 0 31 2 MON')).toEqual(['cron(0 0 ? 2 2 *)'])
    expect(cloudScheduler('0 0 31 2 MON')).toBe('0 0 * 2 1')
  })
})

describe('no expression is longer than 256 characters', () => {
  it('the most scattered line included', () => {
    const pairs = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((_, i) => i % 3 < 2)
    const everyThirdLeftOut: Cron = {
      line: '',
      minutes: pairs(1, 59),
      hours: pairs(1, 23),
      daysOfMonth: pairs(1, 31),
      months: pairs(1, 12),
      daysOfWeek: pairs(0, 6),
      days: 'either',
    }
    const translations = [toEventBridge(everyThirdLeftOut), toCloudScheduler(everyThirdLeftOut)]
    expect(translations.map((t) => (t.ok ? t.expressions.map((e) => e.length) : t.reason))).toEqual([[240, 193], [240]])
  })

  it('and a longer one would be refused', () => {
    expect(bounded('EventBridge Scheduler', ['short', 'x'.repeat(256)]).ok).toBe(true)
    expect(bounded('EventBridge Scheduler', ['short', 'x'.repeat(257)])).toEqual({
      ok: false,
      reason:
        'the expression for EventBridge Scheduler would have 257 characters, at most 256 are allowed, name fewer separate values',
    })
  })
})

describe('the models refuse what the clouds do not document', () => {
  it.each([
    'cron(0 0 * * * *)',
    'cron(0 0 ? * ? *)',
    'cron(0 0 1 * 2 *)',
    'cron(0-30/10 * * * ? *)',
    'cron(*/5 * * * ? *)',
    'cron(0 0 ? * 1/2 *)',
    'cron(0 0 ? * 0 *)',
    'cron(0 0 ? * 6-2 *)',
    'cron(60 0 * * ? *)',
    'cron(0 0 * * ?)',
    '0 0 * * ? *',
    `cron(${'0,'.repeat(130)}0 0 * * ? *)`,
  ])('EventBridge Scheduler: %s', (expression) => {
    expect(() => eventBridgeSchedule(expression)).toThrow()
  })

  it.each([
    '0 0 * *',
    '0 0 * * * *',
    '0 0 ? * *',
    '0 0 L * *',
    '0 0 */2 * 1',
    '0 0 1 * */2',
    '5/10 * * * *',
    '0 24 * * *',
    '0 0 * * 8',
    '0 0 * * 6-2',
    '*/0 * * * *',
    '1,,2 * * * *',
  ])('Cloud Scheduler: %s', (expression) => {
    expect(() => cloudSchedulerSchedule(expression)).toThrow()
  })
})
