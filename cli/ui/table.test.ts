import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatTable } from './table.ts'

const word = fc.stringMatching(/^[a-z0-9:/]{1,30}$/)
const cell = fc.array(word, { maxLength: 8 }).map((words) => words.join(' '))
const table = fc.integer({ min: 1, max: 8 }).chain((width) =>
  fc.record({
    columns: fc.array(word, { minLength: width, maxLength: width }),
    rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 }),
  }),
)

/** What is left when nothing but blanks and the order of lines may differ. */
const letters = (text: string): string => [...text.replaceAll(/\s/g, '')].sort().join('')

describe('a table', () => {
  test('never loses a letter, however narrow the terminal', () => {
    fc.assert(
      fc.property(
        table,
        fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
        ({ columns, rows }, width) => {
          const [head = '', ...lines] = formatTable(columns, rows, width)
          expect(letters(lines.join(''))).toBe(letters(rows.flat().join('')))
          expect(letters(head)).toBe(letters(columns.join('').toUpperCase()))
        },
      ),
    )
  })

  test('in a pipe has a line for each row, whatever its length', () => {
    const long = 'x'.repeat(300)
    expect(
      formatTable(
        ['a', 'b'],
        [
          [long, '1'],
          ['y', '2'],
        ],
      ),
    ).toEqual([`A${' '.repeat(301)}B`, `${long}  1`, `y${' '.repeat(301)}2`])
  })

  test('has no blanks at the ends of its lines', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 20, max: 100 }), ({ columns, rows }, width) => {
        for (const line of formatTable(columns, rows, width)) expect(line).toBe(line.trimEnd())
      }),
    )
  })

  test('fits a terminal that has room for it, and is broken between words', () => {
    const row = ['agent-one', 'every third Tuesday of the month at dawn', 'first second third fourth fifth sixth']
    const lines = formatTable(['name', 'when', 'what'], [row], 60)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
    expect(lines.slice(1).join(' ').split(/\s+/).sort()).toEqual(row.join(' ').split(' ').sort())
  })

  test('a word is never cut, also where it does not fit', () => {
    const name = 'x'.repeat(30)
    const lines = formatTable(['a', 'b'], [[`${name} and more`, 'one two three']], 20)
    expect(lines.some((line) => line.includes(name))).toBe(true)
  })
})
