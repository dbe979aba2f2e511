import { isDeepStrictEqual } from 'node:util'
import { type TomlValue, writeValue } from './toml-value.ts'

interface Element {
  readonly start: number
  readonly end: number
  /** After the comma behind it; nothing where there is none. */
  readonly comma?: number
}

const token = /"""[\s\S]*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[[\]{},]|[^\s"'#[\]{},]+/g

/** The elements of an array's text, `[` to `]`. */
function elementsOf(text: string): Element[] {
  const elements: Element[] = []
  let depth = 0
  let open: { start: number; end: number } | undefined
  for (const { 0: word, index } of text.matchAll(token)) {
    if (word.startsWith('#')) continue
    if (word === ']' || word === '}') depth--
    if (word === ',' && depth === 1) {
      if (open !== undefined) elements.push({ ...open, comma: index + 1 })
      open = undefined
    } else if (depth >= 1) open = { start: open?.start ?? index, end: index + word.length }
    if (word === '[' || word === '{') depth++
  }
  return open === undefined ? elements : [...elements, open]
}

/**
 * The text of an array after elements were taken out and others put behind it, everything else as it was; nothing if that
 * is not what makes the one from the other.
 */
export function editArray(text: string, before: readonly TomlValue[], after: readonly TomlValue[]): string | undefined {
  const elements = elementsOf(text)
  if (elements.length !== before.length) return undefined
  const kept: boolean[] = []
  let at = 0
  for (const value of before) {
    const stays = at < after.length && isDeepStrictEqual(value, after[at])
    if (stays) at++
    kept.push(stays)
  }
  if (!kept.includes(true) && after.length > 0 && before.length > 0) return undefined
  let edited = text
  for (let i = elements.length - 1; i >= 0; i--) if (!kept[i]) edited = withoutElement(edited, elementsOf(edited), i)
  for (const value of after.slice(at)) {
    const next = withElement(edited, writeValue(value))
    if (next === undefined) return undefined
    edited = next
  }
  return edited
}

function withoutElement(text: string, elements: readonly Element[], i: number): string {
  const element = elements[i]
  if (element === undefined) return text
  const previous = elements[i - 1]
  let { start } = element
  let end = element.comma ?? element.end
  if (element.comma !== undefined) while (text[end] === ' ' || text[end] === '\t') end++
  else if (previous !== undefined && /^,[ \t]*$/.test(text.slice(previous.end, start))) start = previous.end
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', end)
  const isWholeLine =
    lineStart > 0 && lineEnd >= 0 && (text.slice(lineStart, start) + text.slice(end, lineEnd)).trim() === ''
  return isWholeLine ? text.slice(0, lineStart) + text.slice(lineEnd + 1) : text.slice(0, start) + text.slice(end)
}

function withElement(text: string, written: string): string | undefined {
  const last = elementsOf(text).at(-1)
  if (last === undefined) return /^\[\s*\]$/.test(text) ? `[${written}]` : undefined
  const comma = last.comma === undefined ? ',' : ''
  const lineEnd = text.indexOf('\n', last.end)
  if (lineEnd < 0) {
    return last.comma === undefined
      ? `${text.slice(0, last.end)}, ${written}${text.slice(last.end)}`
      : `${text.slice(0, last.comma)} ${written},${text.slice(last.comma)}`
  }
  // A line of its own, as the others have, behind the comment of the last one.
  const indent = /[^\S\n]*$/.exec(text.slice(0, last.start).replace(/[^\n]*\S[^\n]*$/, ''))?.[0] ?? ''
  const eol = text[lineEnd - 1] === '\r' ? '\r\n' : '\n'
  const lineBefore = text.lastIndexOf('\n', last.start - 1) + 1
  const own = /^[^\S\n]*/.exec(text.slice(lineBefore, last.start))?.[0] ?? indent
  return `${text.slice(0, last.end)}${comma}${text.slice(last.end, lineEnd + 1)}${own || '  '}${written},${eol}${text.slice(lineEnd + 1)}`
}
