/** For tests: cron lines as people write them, and worse. */

import fc from 'fast-check'
import { DAY_OF_MONTH, DAY_OF_WEEK, type Field, HOUR, MINUTE, MONTH, sizeOf } from '../fields.ts'

/** One seed for all of a test file. A failing property prints it, and SEED=n runs the file with it again. */
export const SEED = { seed: process.env.SEED === undefined ? Date.now() % 2 ** 31 : Number(process.env.SEED) }

/** Lines of the dialect. Some never fire (30 February); all others have to be accepted. */
export function lines(): fc.Arbitrary<string> {
  const fields = fc.tuple(
    field(MINUTE, 1),
    field(HOUR, 2),
    field(DAY_OF_MONTH, 6),
    field(MONTH, 6),
    field(DAY_OF_WEEK, 6),
  )
  const blank = fc.constantFrom(' ', ' ', ' ', '  ', '\t', ' \t ')
  const spaced = fc
    .tuple(fields, fc.array(blank, { minLength: 4, maxLength: 4 }), fc.constantFrom('', '', ' ', '\t'))
    .map(([texts, blanks, around]) => around + texts.map((text, i) => text + (blanks[i] ?? '')).join('') + around)
  const nickname = fc
    .constantFrom('@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually')
    .chain(anyCase)
  return fc.oneof({ weight: 30, arbitrary: spaced }, { weight: 1, arbitrary: nickname })
}

/** A field's text; `starWeight` against 6 for something written out. */
function field(of: Field, starWeight: number): fc.Arbitrary<string> {
  const list = fc.array(entry(of), { minLength: 2, maxLength: 4 }).map((entries) => entries.join(','))
  return fc.oneof(
    { weight: starWeight, arbitrary: fc.constant('*') },
    { weight: 4, arbitrary: entry(of) },
    { weight: 2, arbitrary: list },
  )
}

function entry(of: Field): fc.Arbitrary<string> {
  const highest = of === DAY_OF_WEEK ? 7 : of.last
  const number = fc.integer({ min: of.first, max: highest })
  const step = fc.integer({ min: 1, max: sizeOf(of) })
  const range = fc.tuple(number, number).chain(([a, b]) => {
    const [from, to] = [Math.min(a, b), Math.max(a, b)]
    return fc.tuple(written(of, from, false), written(of, to, true)).map(([x, y]) => `${x}-${y}`)
  })
  return fc.oneof(
    { weight: 5, arbitrary: number.chain((value) => written(of, value, false)) },
    { weight: 3, arbitrary: range },
    { weight: 2, arbitrary: step.map((n) => `*/${n}`) },
    { weight: 2, arbitrary: fc.tuple(range, step).map(([text, n]) => `${text}/${n}`) },
    // Written out, and yet every value.
    { weight: 1, arbitrary: fc.constantFrom('*/1', `${of.first}-${of.last}`, `*,${of.first}`) },
  )
}

/** The value as a number, sometimes with a leading zero, or as a name. SUN is 0, but 7 at the end of a range. */
function written(of: Field, value: number, endsRange: boolean): fc.Arbitrary<string> {
  const number = fc.constantFrom(String(value), String(value), String(value), `0${value}`)
  const isSunday = of === DAY_OF_WEEK && value % 7 === 0
  const name = isSunday ? (endsRange === (value === 7) ? 'SUN' : undefined) : of.names[value - of.first]
  return name === undefined ? number : fc.oneof(number, anyCase(name))
}

function anyCase(text: string): fc.Arbitrary<string> {
  return fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((c, i) => (upper[i] ? c.toUpperCase() : c.toLowerCase())).join(''))
}

/** Anything that looks a bit like a field: most are not of the dialect. */
export function scraps(of: Field): fc.Arbitrary<string> {
  const piece = fc.constantFrom(
    '*',
    '-',
    '/',
    ',',
    '0',
    '1',
    '2',
    '5',
    '7',
    '12',
    '31',
    '59',
    '60',
    'SUN',
    'mon',
    'JAN',
  )
  const soup = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
  return fc.oneof(
    soup,
    entry(of),
    fc.tuple(entry(of), piece).map(([text, tail]) => text + tail),
  )
}
