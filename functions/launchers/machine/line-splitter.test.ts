import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineSplitter } from './line-splitter.ts'

const linesOf = (pieces: readonly Uint8Array[]) => {
  const lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line))
  for (const piece of pieces) splitter.add(piece)
  splitter.finish()
  return lines
}

test('however a text is cut into pieces, its lines are the same', () => {
  const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '🎉', ' ') }), { maxLength: 8 })
  fc.assert(
    fc.property(text, fc.array(fc.nat(20)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      const pieces: Uint8Array[] = []
      let at = 0
      for (const cut of cuts) {
        pieces.push(bytes.subarray(at, at + cut))
        at += cut
      }
      expect(linesOf([...pieces, bytes.subarray(at)])).toEqual(lines)
    }),
  )
})

test('what comes after the last line break is a line', () => {
  expect(linesOf([Buffer.from('one\r\ntwo')])).toEqual(['one', 'two'])
  expect(linesOf([Buffer.from('one\n')])).toEqual(['one'])
})

test('a line without an end is cut at 1 MiB, and says how much is missing', () => {
  const piece = Buffer.alloc(1000_000, 'x')
  const [line = '', next] = linesOf([piece, piece, Buffer.from('\nnext\n')])
  expect(line.slice(1024 * 1024)).toBe('… (951424 more characters)')
  expect(next).toBe('next')
})
