import { Cron as Croner, CronPattern } from 'croner'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cron, parseCron } from './cron.ts'
import { FIELDS } from './fields.ts'
import { lines, SEED, scraps } from './testing/generated-lines.ts'

const RUNS = process.env.CI ? 20_000 : 2_000

function cron(line: string): Cron {
  const parsed = parseCron(line)
  if (!parsed.ok) throw new Error(`${line}: ${parsed.reason}`)
  return parsed.cron
}

function reason(line: string): string {
  const parsed = parseCron(line)
  return parsed.ok ? `accepted: ${line}` : parsed.reason
}

function croner(line: string): CronPattern | undefined {
  try {
    return new CronPattern(line, undefined, { mode: '5-part' })
  } catch {
    return undefined
  }
}

/** The positions croner has marked. */
function marked(marks: readonly number[], first: number): number[] {
  return marks.flatMap((mark, i) => (mark === 0 ? [] : [i + first]))
}

describe('a line names the values croner reads from it', () => {
  it('in every field of generated lines', () => {
    fc.assert(
      fc.property(lines(), (line) => {
        const parsed = parseCron(line)
        if (!parsed.ok) {
          expect(new Croner(line, { utcOffset: 0, mode: '5-part' }).nextRun(new Date(0)), parsed.reason).toBeNull()
          return
        }
        const pattern = new CronPattern(line, undefined, { mode: '5-part' })
        expect(parsed.cron.minutes).toEqual(marked(pattern.minute, 0))
        expect(parsed.cron.hours).toEqual(marked(pattern.hour, 0))
        expect(parsed.cron.daysOfMonth).toEqual(marked(pattern.day, 1))
        expect(parsed.cron.months).toEqual(marked(pattern.month, 1))
        expect(parsed.cron.daysOfWeek).toEqual(marked(pattern.dayOfWeek.slice(0, 7), 0))
      }),
      { numRuns: RUNS, ...SEED },
    )
  })

  it('and what croner does not take is refused, what it takes is accepted, or is out of range', () => {
    const line = fc.tuple(
      ...FIELDS.map((_, i) => fc.tuple(...FIELDS.map((of, k) => (i === k ? scraps(of) : fc.constant('*'))))),
    )
    fc.assert(
      fc.property(line, fc.nat(4), (variants, i) => {
        const text = variants[i]?.join(' ') ?? ''
        const parsed = parseCron(text)
        if (croner(text) === undefined) expect(parsed.ok, text).toBe(false)
        // croner looks only at the values a step visits and lets `50-70/60` pass.
        else if (!parsed.ok) expect(parsed.reason, text).toContain(' is outside ')
      }),
      { numRuns: RUNS, ...SEED },
    )
  })

  it('with 0, 7 and SUN as Sunday, and SUN at the end of a range as the Sunday after it', () => {
    expect(cron('0 0 * * 0').daysOfWeek).toEqual([0])
    expect(cron('0 0 * * 7').daysOfWeek).toEqual([0])
    expect(cron('0 0 * * sun').daysOfWeek).toEqual([0])
    expect(cron('0 0 * * SUN-TUE').daysOfWeek).toEqual([0, 1, 2])
    expect(cron('0 0 * * FRI-SUN').daysOfWeek).toEqual([0, 5, 6])
    expect(cron('0 0 * * 5-7').daysOfWeek).toEqual([0, 5, 6])
    expect(cron('0 0 * * 0,7').daysOfWeek).toEqual([0])
    expect(cron('0 0 * * SUN-SUN').daysOfWeek).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('with the nicknames in any case, as croner spells them out', () => {
    const same = (nickname: string, line: string) =>
      expect(cron(nickname)).toEqual({ ...cron(line), line: nickname.trim() })
    same('@hourly', '0 * * * *')
    same('@daily', '0 0 * * *')
    same('@midnight', '0 0 * * *')
    same(' @Weekly ', '0 0 * * 0')
    same('@monthly', '0 0 1 * *')
    same('@yearly', '0 0 1 1 *')
    same('@ANNUALLY', '0 0 1 1 *')
  })

  it('and is kept as written, with single blanks', () => {
    expect(cron(' 0\t0  1,15 *  mon ').line).toBe('0 0 1,15 * mon')
  })
})

describe('a day field is restricted unless it is the literal *', () => {
  it.each([
    ['0 0 * * *', 'any'],
    ['0 0 13 * *', 'of-month'],
    ['0 0 */2 * *', 'of-month'],
    ['0 0 * * 5', 'of-week'],
    ['0 0 * * */2', 'of-week'],
    ['0 0 13 * 5', 'either'],
    ['0 0 */2 * MON', 'either'],
    ['0 0 1-30 * MON', 'either'],
    ['0 0 13 * */2', 'either'],
  ])('%s: %s', (line, days) => {
    expect(cron(line).days).toBe(days)
  })

  it.each(['0 0 1-31 * MON', '0 0 */1 * MON', '0 0 *,1 * MON', '0 0 13 * 0-6', '0 0 13 * 1-7', '0 0 13 * */1'])(
    '%s names every day, as one restricted field does',
    (line) => {
      expect(cron(line).days).toBe('any')
      const day = Date.UTC(2026, 8, 1, 12)
      const next = new Croner(line, { utcOffset: 0 }).nextRuns(30, new Date(day))
      expect(next.map((date) => date.getUTCDate())).toEqual([...Array.from({ length: 29 }, (_, i) => i + 2), 1])
    },
  )

  it('and one whose days never come leaves the day of the week alone', () => {
    expect(cron('0 0 31 2 MON').days).toBe('of-week')
    expect(cron('0 0 30,31 2,4 MON').days).toBe('either')
  })
})

describe('a refusal names the wrong piece and what is allowed', () => {
  const minutes = '0–59, ranges a-b, steps */n and a-b/n, and lists of these'
  const days = '1–31, ranges a-b, steps */n and a-b/n, and lists of these'
  const weekdays = '0–7, SUN–SAT, ranges a-b, steps */n and a-b/n, and lists of these'
  const five = 'use exactly 5: minute, hour, day of month, month, day of week'
  const nicknames = '@hourly @daily @midnight @weekly @monthly @yearly @annually and five fields'
  it.each([
    ['', `the line is empty, ${five}`],
    [' \t', `the line is empty, ${five}`],
    ['0 0 * *', `"0 0 * *" has 4 of the 5 fields, ${five}`],
    ['0 0 0 * * *', `"0 0 0 * * *" has 6 fields, ${five}; a seconds or year field is not supported`],
    ['0 0 0 * * * 2027', `"0 0 0 * * * 2027" has 7 fields, ${five}; a seconds or year field is not supported`],
    ['0 0 * * * run the job', `"0 0 * * * run the job" has 8 fields, ${five}`],
    [`0 0 * * ${'1,'.repeat(125)}1`, 'the line has 259 characters, at most 256 are allowed'],
    ['@reboot', `"@reboot" is not supported, as nothing here ever boots, allowed are ${nicknames}`],
    ['@every 5m', `"@every 5m" is not known, allowed are ${nicknames}`],
    ['CRON_TZ=UTC 0 0 * * *', '"CRON_TZ=UTC" is not supported in the line, use the timezone setting'],
    ['TZ=Asia/Tokyo 0 0 * * *', '"TZ=Asia/Tokyo" is not supported in the line, use the timezone setting'],
    ['61 * * * *', 'minute 61 is outside 0–59'],
    ['0 24 * * *', 'hour 24 is outside 0–23'],
    ['0 0 0 * *', 'day of month 0 is outside 1–31'],
    ['0 0 1-32 * *', 'day of month 32 is outside 1–31'],
    ['0 0 * 13 *', 'month 13 is outside 1–12'],
    ['0 0 * * 8', 'day of week 8 is outside 0–7'],
    ['50-70/60 * * * *', 'minute 70 is outside 0–59'],
    ['*/0 * * * *', 'minute step 0 in "*/0" is outside 1–60'],
    ['*/61 * * * *', 'minute step 61 in "*/61" is outside 1–60'],
    ['0 0 * * */8', 'day of week step 8 in "*/8" is outside 1–7'],
    ['5/10 * * * *', 'minute "5/10" has a step after a single value, write 5-59/10'],
    ['/5 * * * *', `minute "/5" is not understood, allowed are ${minutes}`],
    ['1,,2 * * * *', 'minute "1,,2" has an empty entry, separate values by single commas'],
    ['1, * * * *', 'minute "1," has an empty entry, separate values by single commas'],
    ['-5 * * * *', `minute "-5" is not understood, allowed are ${minutes}`],
    ['1-2-3 * * * *', `minute "1-2-3" is not understood, allowed are ${minutes}`],
    ['1.5 * * * *', `minute "1.5" is not understood, allowed are ${minutes}`],
    ['H * * * *', `minute "H" is not understood, allowed are ${minutes}`],
    ['JAN * * * *', `minute "JAN" is not understood, allowed are ${minutes}`],
    ['0 0 * january *', `month "january" is not understood, allowed are 1–12, JAN–DEC, ${days.slice(6)}`],
    ['0 22-6 * * *', 'hour range 22-6 runs backwards, write 22-23,0-6'],
    ['0 22-6/2 * * *', 'hour range 22-6/2 runs backwards, list its values instead'],
    ['0 0 * NOV-FEB *', 'month range NOV-FEB runs backwards, write NOV-DEC,JAN-FEB'],
    ['0 0 * * SAT-MON', 'day of week range SAT-MON runs backwards, write SAT,SUN-MON'],
    ['0 0 * * 7-1', 'day of week range 7-1 runs backwards, write 7,0-1'],
    ['0 0 ? * MON', `day of month "?" uses ? (no value), which is not supported, write *, allowed are ${days}`],
    ['0 0 L * *', `day of month "L" uses L (last), which is not supported, allowed are ${days}`],
    ['0 0 L-3 * *', `day of month "L-3" uses L (last), which is not supported, allowed are ${days}`],
    ['0 0 LW * *', `day of month "LW" uses L (last), which is not supported, allowed are ${days}`],
    ['0 0 15W * *', `day of month "15W" uses W (nearest working day), which is not supported, allowed are ${days}`],
    ['0 0 * * 5L', `day of week "5L" uses L (last), which is not supported, allowed are ${weekdays}`],
    ['0 0 * * friL', `day of week "friL" uses L (last), which is not supported, allowed are ${weekdays}`],
    [
      '0 0 * * 5#2',
      `day of week "5#2" uses # (nth weekday of the month), which is not supported, allowed are ${weekdays}`,
    ],
    [
      '0 0 13 * +5',
      `day of week "+5" uses + (day of month and day of week at once), which is not supported, allowed are ${weekdays}`,
    ],
    ['0 0 31 2 *', 'the line never fires, day of month 31 does not exist in month 2'],
    ['0 0 30-31 FEB *', 'the line never fires, day of month 30-31 does not exist in month FEB'],
    ['0 0 31 4,6,9,11 *', 'the line never fires, day of month 31 does not exist in month 4,6,9,11'],
  ])('%j: %s', (line, expected) => {
    expect(reason(line)).toBe(expected)
  })

  it('and what it says to write is accepted', () => {
    const backwards = fc.tuple(fc.constantFrom(0, 1, 2, 3, 4), fc.nat(59), fc.nat(59))
    fc.assert(
      fc.property(backwards, ([i, a, b]) => {
        const texts = ['*', '*', '*', '*', '*']
        texts[i] = `${a}-${b}`
        const [, advice] = /, write (\S+)$/.exec(reason(texts.join(' '))) ?? []
        if (advice === undefined) return
        texts[i] = advice
        expect(parseCron(texts.join(' ')).ok, texts.join(' ')).toBe(true)
      }),
    )
  })
})
