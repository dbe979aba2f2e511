import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scanStatements } from '../../core/project/statements.ts'
import { type Edit, editData, valueAt } from './edit-data.ts'
import { editToml } from './edit-toml.ts'
import { readToml, type TomlTable, type TomlValue, typedValue } from './toml-value.ts'

const comment = fc.constantFrom('# why = "this"', '# [not a table]', '#', '# "quotes\' and ] } ,', '# ümlaut ✓')
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const behind = maybe(comment).map((one) => (one === undefined ? '' : ` ${one}`))
const above = fc.array(fc.oneof(comment, fc.constant('')), { maxLength: 2 })
const ref = fc.constantFrom('"github_token"', '"github_token:acme"', "'git_ssh:bot'", '"a # b"', '"x, ]"')

const oneLineList = fc.array(ref, { maxLength: 3 }).map((refs) => `[${refs.join(', ')}]`)
const longList = fc.array(fc.tuple(above, ref, behind), { minLength: 1, maxLength: 3 }).chain((items) =>
  fc.boolean().map((trailing) => {
    const lines = items.flatMap(([before, item, after], i) => [
      ...before,
      `  ${item}${trailing || i < items.length - 1 ? ',' : ''}${after}`,
    ])
    return `[\n${lines.join('\n')}\n]`
  }),
)
const list = fc.oneof(oneLineList, longList)
const scalar = fc.constantFrom('1', '1.0', '0x10', 'true', '"text"', "'literal'", '1979-05-27', '{ a = 1, b = "#" }')

const line = (name: string, value: fc.Arbitrary<string>) =>
  fc.tuple(above, value, behind).map(([before, written, after]) => [...before, `${name} = ${written}${after}`])
const section = (header: string, lines: fc.Arbitrary<readonly string[]>) =>
  fc.tuple(above, behind, lines).map(([before, after, inner]) => [...before, `${header}${after}`, ...inner])
const some = (...lines: fc.Arbitrary<readonly string[]>[]) =>
  fc.tuple(...lines.map((one) => maybe(one))).map((all) => all.flatMap((one) => one ?? []))

const document = fc
  .tuple(
    above,
    some(
      line('credentials', list),
      line('schedule', fc.constant('"0 5 * * *"')),
      line('scale', fc.constant('3')),
      line('other', scalar),
    ),
    fc.array(section('[[webhooks]]', some(line('source', fc.constant('"github"')), line('events', list))), {
      maxLength: 3,
    }),
    some(
      section('[model]', some(line('provider', fc.constant('"openai"')), line('maxTokens', fc.constant('100')))),
      section('[[preflight]]', line('provider', fc.constant('"shell"'))),
      section('[params]', some(line('repos', list), line('limit', scalar))),
      section('[params.checks]', line('"acme/app"', list)),
    ),
    above,
    fc.boolean(),
  )
  .map(([head, root, hooks, tables, tail, ended]) => {
    const text = [...head, ...root, ...hooks.flat(), ...tables, ...tail].join('\n')
    return ended ? `${text}\n` : text
  })

const text = fc.constantFrom('a', 'b c', 'it\'s "quoted" \\ #', 'ü\n', '')
const value: fc.Arbitrary<TomlValue> = fc.oneof(
  text,
  fc.constantFrom(1n, 2.5, 1, true),
  fc.array(text, { maxLength: 2 }),
  fc.constant({ a: 1n, 'b c': ['x'] }),
)
const edit: fc.Arbitrary<(data: TomlTable) => Edit> = fc.oneof(
  fc.record({ drop: fc.nat(3), add: fc.array(text, { maxLength: 2 }) }).map(({ drop, add }) => (data: TomlTable) => {
    const old = (valueAt(data, ['credentials']) ?? []) as readonly TomlValue[]
    return { do: 'set', path: ['credentials'], value: [...old.filter((_, i) => i !== drop), ...add] } as const
  }),
  value.map((one) => () => ({ do: 'set', path: ['params', 'new'], value: one }) as const),
  value.map((one) => () => ({ do: 'set', path: ['params', 'repos'], value: one }) as const),
  value.map((one) => () => ({ do: 'set', path: ['schedule'], value: one }) as const),
  fc.constant(() => ({ do: 'set', path: ['model'], value: { provider: 'xai', model: 'm' } }) as const),
  fc.constant(() => ({ do: 'append', path: ['webhooks'], table: { source: 's', labels: ['x'] } }) as const),
  fc.nat(3).map((n) => () => ({ do: 'remove', path: ['webhooks', n] }) as const),
  fc
    .constantFrom(['schedule'], ['credentials'], ['model'], ['params'], ['params', 'checks'], ['model', 'maxTokens'])
    .map((path) => () => ({ do: 'remove', path }) as const),
)

const commentsOf = (source: string): string[] =>
  scanStatements(source)
    .comments.map((at) => /^[^\n]*/.exec(source.slice(at))?.[0] ?? '')
    .sort()
/** Without tables that are empty: a table goes with the last of its keys. */
function pruned(one: unknown): unknown {
  if (typeof one !== 'object' || one === null || Array.isArray(one) || one instanceof Date) return one
  const entries = Object.entries(one).map(([name, inner]) => [name, pruned(inner)] as const)
  return Object.fromEntries(entries.filter(([, inner]) => !isEmptyTable(inner)))
}

const isEmptyTable = (one: unknown): boolean =>
  typeof one === 'object' &&
  one !== null &&
  !Array.isArray(one) &&
  !(one instanceof Date) &&
  Object.keys(one).length === 0

const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) }

test('any edit says what it should, and keeps all comments, all other values and their types', () => {
  fc.assert(
    fc.property(document, fc.array(edit, { minLength: 1, maxLength: 4 }), (before, makers) => {
      let edited = before
      let wanted = readToml(before)
      for (const make of makers) {
        const next = make(wanted)
        if (next.do === 'remove' && valueAt(wanted, next.path) === undefined) continue
        wanted = editData(wanted, next)
        edited = editToml(edited, [next])
      }
      expect(pruned(readToml(edited))).toEqual(pruned(wanted))
      expect(commentsOf(edited)).toEqual(commentsOf(before))
    }),
    { numRuns: 500, ...seed },
  )
})

test('a change of one value touches its line alone', () => {
  fc.assert(
    fc.property(document, value, (before, one) => {
      fc.pre(valueAt(readToml(before), ['scale']) !== undefined)
      const edited = editToml(before, [{ do: 'set', path: ['scale'], value: one }])
      const others = (source: string) => source.split('\n').filter((each) => !each.startsWith('scale ='))
      expect(others(edited)).toEqual(others(before))
    }),
    { numRuns: 100, ...seed },
  )
})

const dev = readFileSync(new URL('../../examples/acme/agents/dev/agent-config.toml', import.meta.url), 'utf8')

describe('in a file that a person wrote', () => {
  test('an edit that changes nothing changes no byte', () => {
    expect(editToml(dev, [{ do: 'set', path: ['scale'], value: 3n }])).toBe(dev)
    expect(editToml(dev, [{ do: 'remove', path: ['timezone'] }])).toBe(dev)
  })

  test('a new trigger stands behind the others, before what follows them', () => {
    const edited = editToml(dev, [
      { do: 'append', path: ['webhooks'], table: { source: 'errors', resources: ['issue'] } },
    ])
    expect(edited).toContain(
      'labels = ["ready-for-dev"]\n\n[[webhooks]]\nsource = "errors"\nresources = ["issue"]\n\n# Ends',
    )
    expect(edited.length - dev.length).toBe('\n[[webhooks]]\nsource = "errors"\nresources = ["issue"]\n'.length)
  })

  test('instances stay when another credential is added or removed', () => {
    const added = editToml(dev, [
      { do: 'set', path: ['credentials'], value: ['github_token', 'git_ssh:bot', 'aws:ci'] },
    ])
    expect(added).toBe(dev.replace('"git_ssh:bot"]', '"git_ssh:bot", "aws:ci"]'))
    const removed = editToml(dev, [{ do: 'set', path: ['credentials'], value: ['git_ssh:bot'] }])
    expect(removed).toBe(dev.replace('"github_token", ', ''))
  })

  test('line ends of Windows stay', () => {
    const windows = dev.replaceAll('\n', '\r\n')
    const edited = editToml(windows, [{ do: 'set', path: ['params', 'new'], value: true }])
    expect(edited.replaceAll('\r\n', '')).not.toContain('\n')
  })

  test.each([
    ['model = { provider = "xai" }\n', 'model = { provider = "xai", model = "m" }\n'],
    ['model.provider = "xai"\n', 'model.provider = "xai"\nmodel.model = "m"\n'],
    ['[model] # of all\nprovider = "xai"', '[model] # of all\nprovider = "xai"\nmodel = "m"\n'],
    ['', '[model]\nmodel = "m"\n'],
  ])('a table may be written as %j', (before, after) => {
    expect(editToml(before, [{ do: 'set', path: ['model', 'model'], value: 'm' }])).toBe(after)
  })
})

test('what is typed is TOML where it can be, and a text else', () => {
  expect(['3', '1.0', 'true', '["a"]', '"3"'].map(typedValue)).toEqual([3n, 1, true, ['a'], '3'])
  expect(['acme/app', 'a\nb = 1', ' x ', '# c', ''].map(typedValue)).toEqual(['acme/app', 'a\nb = 1', ' x ', '# c', ''])
})
