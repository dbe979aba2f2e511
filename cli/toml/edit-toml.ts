import { isDeepStrictEqual } from 'node:util'
import { TomlDate, TomlError } from 'smol-toml'
import { formatKey, type KeyPath } from '../../core/project/problem.ts'
import { type Scanned, type Statement, scanStatements } from '../../core/project/statements.ts'
import { exitCodes, UserError } from '../errors.ts'
import { editArray } from './edit-array.ts'
import { type Edit, editData, valueAt } from './edit-data.ts'
import { isTomlTable, readToml, type TomlTable, type TomlValue, writeKey, writeValue } from './toml-value.ts'

/**
 * Changes a TOML document and leaves everything else as its author wrote it: comments, order, blank lines, the way a value
 * is written. A comment outlives what it stood at. The result is read again and compared with what it should say; throws a
 * `UserError` where the document is written in a way that this cannot change. Throws a TomlError for what is no TOML.
 */
export function editToml(text: string, edits: readonly Edit[]): string {
  return edits.reduce(editOnce, text)
}

function editOnce(text: string, edit: Edit): string {
  const data = readToml(text)
  if (edit.do === 'remove' && valueAt(data, edit.path) === undefined) return text
  const wanted = editData(data, edit)
  const edited = editText(text, edit, data, wanted)
  if (saysTheSame(edited, wanted) && keepsComments(text, edited)) return edited
  throw new UserError(
    `${formatKey(edit.path)} is written in a way that cannot be changed for you: change it with an editor`,
    exitCodes.failure,
  )
}

function editText(text: string, edit: Edit, data: TomlTable, wanted: TomlTable): string {
  const { path } = edit
  const { statements } = scanStatements(text)
  const holder = statements.find((one) => one.kind === 'assignment' && isPrefix(one.path, path))
  if (holder?.kind === 'assignment') {
    const value = valueAt(wanted, holder.path)
    return value === undefined
      ? withoutStatement(text, holder)
      : withValue(text, holder, valueAt(data, holder.path), value)
  }
  const inside = statements.filter((one) => isPrefix(path, one.path))
  if (edit.do === 'remove') return inside.reduceRight(withoutStatement, text)
  if (edit.do === 'append') return withSection(text, `[[${path.map(key).join('.')}]]`, edit.table, inside.at(-1))
  if (inside.length > 0) return editTable(text, path, valueAt(data, path), edit.value)
  if (isTomlTable(edit.value) && path.every((part) => typeof part === 'string')) {
    return withSection(text, `[${path.map(key).join('.')}]`, edit.value)
  }
  return withAssignment(text, statements, path, edit.value)
}

/** A table that is there already gets the keys of the new one, one by one, and loses the others. */
function editTable(text: string, path: KeyPath, before: TomlValue | undefined, after: TomlValue): string {
  if (!isTomlTable(after) || !isTomlTable(before)) {
    return editToml(text, [
      { do: 'remove', path },
      { do: 'set', path, value: after },
    ])
  }
  const gone = Object.keys(before).filter((one) => !Object.hasOwn(after, one))
  const changed = Object.entries(after).filter(([one, value]) => !isDeepStrictEqual(value, before[one]))
  return editToml(text, [
    ...changed.map(([one, value]) => ({ do: 'set', path: [...path, one], value }) as const),
    ...gone.map((one) => ({ do: 'remove', path: [...path, one] }) as const),
  ])
}

type Assignment = Extract<Statement, { kind: 'assignment' }>

function withValue(text: string, at: Assignment, before: TomlValue | undefined, after: TomlValue): string {
  const old = text.slice(at.valueStart, at.end)
  const isList = Array.isArray(before) && Array.isArray(after) && old.startsWith('[')
  const list = isList ? editArray(old, before as readonly TomlValue[], after as readonly TomlValue[]) : undefined
  const above = list === undefined ? commentsIn(text, at) : ''
  return `${text.slice(0, at.start)}${above}${text.slice(at.start, at.valueStart)}${list ?? writeValue(after)}${text.slice(at.end)}`
}

/** Takes the lines of a statement away. A comment behind it, or inside of it, keeps a line. */
function withoutStatement(text: string, at: Statement): string {
  const lineStart = text.lastIndexOf('\n', at.start - 1) + 1
  const newline = text.indexOf('\n', at.end)
  const lineEnd = newline < 0 ? text.length : newline + 1
  const behind = text.slice(at.end, lineEnd).trimStart()
  const rest = behind.startsWith('#') ? behind : ''
  const before = text.slice(0, lineStart) + (at.kind === 'assignment' ? commentsIn(text, at) : '') + rest
  const after = text.slice(lineEnd)
  if (after === '') return before.replace(/(\n)(?:\r?\n)+$/, '$1')
  const isDouble = /(?:^|\n)\r?\n$/.test(before) && /^\r?\n/.test(after)
  return before + (isDouble || before === '' ? after.replace(/^\r?\n/, '') : after)
}

function commentsIn(text: string, { end, valueStart }: Assignment): string {
  const inside = scanStatements(text).comments.filter((one) => one >= valueStart && one < end)
  return inside.map((one) => `${/^[^\n]*/.exec(text.slice(one))?.[0] ?? ''}\n`).join('')
}

function withAssignment(text: string, statements: readonly Statement[], path: KeyPath, value: TomlValue): string {
  const parent = path.slice(0, -1)
  const header = statements.find((one) => one.kind === 'header' && same(one.path, parent))
  const siblings = statements.filter((one) => one.kind === 'assignment' && same(one.table, parent))
  const place = siblings.at(-1) ?? header
  if (place !== undefined) return behind(text, place, [`${key(path.at(-1) ?? '')} = ${writeValue(value)}`])
  const dotted = statements.findLast(
    (one): one is Assignment =>
      one.kind === 'assignment' && one.table.length < parent.length && isPrefix(parent, one.path),
  )
  if (dotted !== undefined) {
    return behind(text, dotted, [`${path.slice(dotted.table.length).map(key).join('.')} = ${writeValue(value)}`])
  }
  if (parent.length > 0) return withSection(text, `[${parent.map(key).join('.')}]`, { [path.at(-1) ?? '']: value })
  const line = `${key(path.at(-1) ?? '')} = ${writeValue(value)}`
  const [first] = statements
  if (first === undefined) return endedText(text) + withEol(text, [line])
  // Above the comment that stands directly on the first table, unless that is the head of the file.
  const lines = text.slice(0, text.lastIndexOf('\n', first.start - 1) + 1)
  const own = /(?:(?<=^|\n)[^\S\n]*#[^\n]*\n)*$/.exec(lines)?.[0] ?? ''
  const start = own.length === lines.length ? lines.length : lines.length - own.length
  return text.slice(0, start) + withEol(text, [line, '']) + text.slice(start)
}

/** A new section, behind a statement or at the end of the document. */
function withSection(text: string, header: string, table: TomlTable, place?: Statement): string {
  const lines = [header, ...Object.entries(table).map(([one, value]) => `${writeKey(one)} = ${writeValue(value)}`)]
  if (place !== undefined) return behind(text, place, ['', ...lines])
  const whole = endedText(text)
  return whole + withEol(text, whole.trim() === '' ? lines : ['', ...lines])
}

function behind(text: string, place: Statement, lines: readonly string[]): string {
  const newline = text.indexOf('\n', place.end)
  if (newline < 0) return endedText(text) + withEol(text, lines)
  return text.slice(0, newline + 1) + withEol(text, lines) + text.slice(newline + 1)
}

const withEol = (text: string, lines: readonly string[]): string => {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  return lines.map((line) => line + eol).join('')
}

const endedText = (text: string): string =>
  text === '' || text.endsWith('\n') ? text : text + (text.includes('\r\n') ? '\r\n' : '\n')

const key = (part: string | number): string => writeKey(String(part))
const same = (a: KeyPath, b: KeyPath): boolean => formatKey(a) === formatKey(b)
const isPrefix = (start: KeyPath, path: KeyPath): boolean =>
  start.length <= path.length && same(start, path.slice(0, start.length))

function saysTheSame(text: string, wanted: TomlTable): boolean {
  try {
    return isDeepStrictEqual(comparable(readToml(text)), comparable(wanted))
  } catch (error) {
    if (error instanceof TomlError) return false
    throw error
  }
}

/** Tables that are empty, which may go with the last of their keys, are none. */
function comparable(value: TomlValue): unknown {
  if (value instanceof TomlDate) return value.toISOString()
  if (Array.isArray(value)) return (value as readonly TomlValue[]).map(comparable)
  if (!isTomlTable(value)) return value
  const entries = Object.entries(value).map(([one, inner]) => [one, comparable(inner)] as const)
  return Object.fromEntries(entries.filter(([, inner]) => !isEmpty(inner)))
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0

/** The texts of all comments, in any order: those of a value that is written anew move above it. */
function keepsComments(before: string, after: string): boolean {
  const texts = (text: string, { comments }: Scanned) =>
    comments.map((one) => (/^[^\n]*/.exec(text.slice(one))?.[0] ?? '').trimEnd()).sort()
  return isDeepStrictEqual(texts(before, scanStatements(before)), texts(after, scanStatements(after)))
}
