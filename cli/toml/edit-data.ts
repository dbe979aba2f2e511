import type { KeyPath } from '../../core/project/problem.ts'
import { isTomlTable, type TomlTable, type TomlValue } from './toml-value.ts'

/** One change of a document. */
export type Edit =
  | { readonly do: 'set'; readonly path: KeyPath; readonly value: TomlValue }
  /** A key, a table with all that is in it, or one element of an array of tables. */
  | { readonly do: 'remove'; readonly path: KeyPath }
  /** One more element of an array of tables, `[[path]]`. */
  | { readonly do: 'append'; readonly path: KeyPath; readonly table: TomlTable }

export function valueAt(data: TomlValue | undefined, path: KeyPath): TomlValue | undefined {
  let inner = data
  for (const part of path) {
    if (typeof part === 'number') inner = Array.isArray(inner) ? (inner as readonly TomlValue[])[part] : undefined
    else inner = isTomlTable(inner) && Object.hasOwn(inner, part) ? inner[part] : undefined
  }
  return inner
}

/** What a document says after a change. */
export function editData(data: TomlTable, edit: Edit): TomlTable {
  const { path } = edit
  switch (edit.do) {
    case 'set':
      return replaced(data, path, () => edit.value) as TomlTable
    case 'append':
      return replaced(data, path, (old) => [
        ...(Array.isArray(old) ? (old as TomlValue[]) : []),
        edit.table,
      ]) as TomlTable
    case 'remove': {
      const key = path.at(-1)
      const parent = path.slice(0, -1)
      // The last element takes its array along.
      if (typeof key === 'number' && (valueAt(data, parent) as readonly TomlValue[]).length === 1)
        return editData(data, { do: 'remove', path: parent })
      return replaced(data, parent, (old) => without(old, key)) as TomlTable
    }
  }
}

function without(value: TomlValue | undefined, key: string | number | undefined): TomlValue {
  if (Array.isArray(value)) return (value as readonly TomlValue[]).filter((_, i) => i !== key)
  return isTomlTable(value) ? Object.fromEntries(Object.entries(value).filter(([one]) => one !== key)) : {}
}

function replaced(
  value: TomlValue | undefined,
  [part, ...rest]: KeyPath,
  change: (old: TomlValue | undefined) => TomlValue,
): TomlValue {
  if (part === undefined) return change(value)
  if (typeof part === 'number') {
    const list = Array.isArray(value) ? (value as readonly TomlValue[]) : []
    return list.map((one, i) => (i === part ? replaced(one, rest, change) : one))
  }
  const table = isTomlTable(value) ? value : {}
  return { ...table, [part]: replaced(Object.hasOwn(table, part) ? table[part] : undefined, rest, change) }
}
