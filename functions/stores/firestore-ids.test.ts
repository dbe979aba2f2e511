import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endOfPrefix, toId, toKey } from './firestore-ids.ts'

/** Keys as the items of the protocol have them, and the rest of ASCII. */
const ascii = fc.string({ unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)) })
const awkward = fc.string({ unit: fc.constantFrom('.', '/', '_', '-', '0', '1', '2', '%', '#', 'a') })
const sha = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
const agent = fc.string({ unit: fc.constantFrom(...'abz09-_.'), minLength: 1, maxLength: 63 })
const suffix = fc.string({ unit: fc.constantFrom(...'abcxyz0189'), minLength: 20, maxLength: 20 })
const seq = fc.nat().map((n) => String(n).padStart(15, '0'))
const ours = fc.oneof(
  fc.constantFrom('project', 'live', '-', 'in', 'out'),
  fc.tuple(agent, fc.nat(9)).map(([name, lane]) => `${name}#!${lane}`),
  fc.tuple(agent, seq, suffix).map((parts) => parts.join('#')),
  fc.tuple(fc.constantFrom('runs', 'blob'), agent).map((parts) => parts.join('#')),
  fc.tuple(fc.constantFrom('lock', 'seen'), sha).map((parts) => parts.join('#')),
)
const keys = fc.oneof(ours, ascii, awkward)
const times = { numRuns: 5000 }

describe('ids of Firestore documents', () => {
  test('a key comes back from its id', () => {
    fc.assert(
      fc.property(fc.oneof(keys, fc.string({ unit: 'binary' })), (key) => {
        expect(toKey(toId(key))).toBe(key)
      }),
      times,
    )
  })

  test('ids are in the order of their keys', () => {
    const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        expect(order(toId(a), toId(b))).toBe(order(a, b))
      }),
      times,
    )
  })

  test('Firestore takes every id', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const id = toId(key)
        expect(id).not.toMatch(/\/|^\.\.?$|^__.*__$/s)
      }),
      times,
    )
    expect(() => toId('é'.repeat(751))).toThrow(RangeError)
    expect(() => toId('\ud800')).toThrow(RangeError)
  })

  test('the range of a prefix holds the keys that start with it and no other', () => {
    fc.assert(
      fc.property(fc.oneof(awkward, ours), fc.oneof(awkward, ours), fc.boolean(), (prefix, rest, starts) => {
        const key = starts ? prefix + rest : rest
        const end = endOfPrefix(prefix)
        expect(toId(key) >= toId(prefix) && (end === undefined || toId(key) < end)).toBe(key.startsWith(prefix))
        expect(end ?? '').not.toMatch(/\/|^\.\.?$|^__.*__$/s)
      }),
      times,
    )
    expect(endOfPrefix('\ud7ff')).toBe('\ue000')
    expect(endOfPrefix('\u{10ffff}')).toBeUndefined()
  })
})
