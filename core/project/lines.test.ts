import * as fc from 'fast-check'
import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import { scanLines } from './lines.ts'
import { formatKey, type KeyPath } from './problem.ts'

const bare = fc.constantFrom('a', 'b', 'c', 'long-key', 'k_1', '7')
const quoted = fc.constantFrom('"a b"', "'c.d'", '"e = 1"', '"#"', '"\\"q\\""', '"[x]"', '"\\u00e9"')
const keyText = fc.oneof({ arbitrary: bare, weight: 3 }, quoted)

/** Values that try to look like keys, tables and comments of their own. */
const valueText = fc.constantFrom(
  '1',
  'true',
  '1979-05-27 07:32:00',
  '"x = 1 # no comment"',
  '"quote \\" and [table]"',
  "'literal \\'",
  '"""\nlong = 1\n[table]\n\\""" still\n"""',
  '"""one line"""""',
  "'''\nb = 2\n''' # end",
  '[1, 2]',
  '[\n  "a = 1", # b = 2\n  "]",\n]',
  '[ [1], ["]"] ]',
  '{ x = 1, y = "}" }',
  '[{ x = 1 },\n { x = 2 }]',
)
const blank = fc.constantFrom('', '\n', '# a = 1\n', '   # [a]\n\n', '\n\n')

interface Written {
  readonly text: string
  readonly lines: ReadonlyMap<string, number>
}

const unquote = (key: string): string =>
  key.startsWith('"') ? (JSON.parse(key) as string) : key.startsWith("'") ? key.slice(1, -1) : key

/** A document put together from statements, which knows the line of each of its keys by construction. */
const document = fc
  .array(
    fc.record({
      before: blank,
      table: fc.option(fc.record({ name: keyText, isList: fc.boolean() }), { nil: undefined, freq: 3 }),
      keys: fc.uniqueArray(fc.tuple(keyText, valueText, blank), { selector: ([key]) => unquote(key), maxLength: 4 }),
      dotted: fc.boolean(),
    }),
    { maxLength: 5 },
  )
  .map((sections): Written => {
    const lines = new Map<string, number>()
    const lists = new Map<string, number>()
    const taken = new Set<string>()
    let text = ''
    const here = () => text.split('\n').length
    sections.forEach((section, i) => {
      text += section.before
      // Numbered names keep tables apart; lists are meant to come again.
      const name = section.table?.isList ? section.table.name : `t${i}`
      let path: KeyPath = []
      if (i > 0 || section.table !== undefined) {
        if (section.table?.isList) {
          const list = `list-${unquote(name)}`
          const index = (lists.get(list) ?? -1) + 1
          lists.set(list, index)
          path = [list, index]
          lines.set(formatKey(path), here())
          text += `  [[ ${JSON.stringify(list)} ]] # new\n`
        } else {
          path = [name]
          lines.set(formatKey(path), here())
          text += `[${name}]\n`
        }
      }
      for (const [key, value, blank] of section.keys) {
        const parts = section.dotted ? ['sub', unquote(key)] : [unquote(key)]
        const id = formatKey([...path, ...parts])
        if (taken.has(id)) continue
        taken.add(id)
        lines.set(id, here())
        text += `${section.dotted ? `sub . ${key}` : key} = ${value}\n${blank}`
      }
    })
    return { text, lines }
  })

test('the line found is the line where the key stands', () => {
  fc.assert(
    fc.property(document, fc.boolean(), ({ text, lines }, windows) => {
      const written = windows ? text.replaceAll('\n', '\r\n') : text
      parse(written)
      const find = scanLines(written)
      for (const [key, line] of lines) {
        const path = pathOf(key)
        expect([key, find(path)]).toEqual([key, line])
      }
    }),
    { numRuns: 500 },
  )
})

test('a key inside a value is found through the line where the value begins', () => {
  const find = scanLines('a = 1\nb = [\n  { c = 1 },\n  { c = 2 },\n]\nd = { e = { f = 1 } }\n')
  expect(find(['b', 1, 'c'])).toBe(2)
  expect(find(['d', 'e', 'f'])).toBe(6)
})

test('a key that is not there is found through the table it is missing from', () => {
  const find = scanLines('x = 1\n\n[cloud]\nprovider = "ecs"\n[[webhooks]]\n[[webhooks]]\nsource = "gh"\n')
  expect(find(['cloud', 'awsRegion'])).toBe(3)
  expect(find(['webhooks', 0, 'source'])).toBe(5)
  expect(find(['webhooks', 1, 'events'])).toBe(6)
  expect(find(['model'])).toBeUndefined()
})

test('tables below a list belong to its latest entry', () => {
  const text = '[[p]]\na = 1\n[p.params]\nx = 1\n[[p]]\n[p.params]\nx = 2\n[[p.q]]\ny = 1\n[[p.q]]\ny = 2\n'
  const find = scanLines(text)
  expect([find(['p', 0, 'params', 'x']), find(['p', 1, 'params', 'x'])]).toEqual([4, 7])
  expect([find(['p', 1, 'q', 0, 'y']), find(['p', 1, 'q', 1, 'y'])]).toEqual([9, 11])
})

test('no text makes the scan run for ever or throw', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '=', '"', "'", '[', ']', '{', '}', '.', '#', '\n', '\\', ' ') }),
      (text) => {
        expect(scanLines(text)(['a']) ?? 1).toBeGreaterThan(0)
      },
    ),
    { numRuns: 500 },
  )
})

/** The inverse of formatKey. */
function pathOf(key: string): KeyPath {
  return [...key.matchAll(/\[(\d+)\]|"(?:[^"\\]|\\.)*"|[A-Za-z0-9_-]+/g)].map((match) =>
    match[1] !== undefined ? Number(match[1]) : match[0].startsWith('"') ? (JSON.parse(match[0]) as string) : match[0],
  )
}
