import { formatKey, type KeyPath } from './problem.ts'

/** One statement of a TOML document, and where it stands in the text. */
export type Statement =
  /** `[path]`; with `isElement`, `[[path]]`, whose path ends in the number of the element. */
  | {
      readonly kind: 'header'
      readonly path: KeyPath
      readonly isElement: boolean
      readonly line: number
      readonly start: number
      readonly end: number
    }
  /** `key = value`. `table` is the header it stands under. */
  | {
      readonly kind: 'assignment'
      readonly path: KeyPath
      readonly table: KeyPath
      readonly line: number
      /** The value goes on over further lines. */
      readonly isLong: boolean
      readonly start: number
      readonly valueStart: number
      /** After the last character of the value: blanks and a comment may follow. */
      readonly end: number
    }

export interface Scanned {
  readonly statements: readonly Statement[]
  /** Where comments begin, those inside of arrays included. */
  readonly comments: readonly number[]
}

/** Finds the statements of a TOML document that is known to parse, since the parser keeps no positions. */
export function scanStatements(text: string): Scanned {
  const statements: Statement[] = []
  const comments: number[] = []
  const arrays = new Map<string, number>()
  let table: KeyPath = []
  let position = 0
  let line = 1

  const peek = () => text[position]
  const next = () => {
    if (text[position] === '\n') line++
    position++
  }
  const skip = (characters: string) => {
    while (position < text.length && characters.includes(text[position] ?? '')) next()
  }
  const skipComment = () => {
    comments.push(position)
    while (position < text.length && peek() !== '\n') position++
  }
  const skipString = () => {
    const quote = peek() ?? ''
    const long = text.startsWith(quote.repeat(3), position)
    const end = long ? quote.repeat(3) : quote
    position += end.length
    while (position < text.length && !text.startsWith(end, position)) {
      if (quote === '"' && peek() === '\\') next()
      next()
    }
    position += end.length
    // A long string may end in up to two quotes of its own.
    while (long && peek() === quote) position++
  }
  const readKey = (): string[] => {
    const parts: string[] = []
    for (;;) {
      skip(' \t')
      const start = position
      if (peek() === '"' || peek() === "'") {
        skipString()
        const raw = text.slice(start, position)
        parts.push(raw.startsWith("'") ? raw.slice(1, -1) : unquoted(raw))
      } else {
        while (/[A-Za-z0-9_-]/.test(peek() ?? '')) position++
        parts.push(text.slice(start, position))
      }
      skip(' \t')
      if (peek() !== '.') return parts
      position++
    }
  }
  /** Returns where the value ends. */
  const skipValue = (): number => {
    let depth = 0
    let end = position
    for (let c = peek(); c !== undefined; c = peek()) {
      if (c === '\n' && depth === 0) return end
      if (c === '#') skipComment()
      else {
        if (c === '"' || c === "'") skipString()
        else {
          if (c === '[' || c === '{') depth++
          if (c === ']' || c === '}') depth--
          next()
        }
        if (!/\s/.test(c)) end = position
      }
    }
    return end
  }
  /** Adds the index of the current element wherever a part of the path is an array of tables. */
  const resolve = (base: KeyPath, keys: readonly string[], whole: boolean): KeyPath => {
    let path: KeyPath = base
    keys.forEach((key, i) => {
      path = [...path, key]
      const index = arrays.get(formatKey(path))
      if (index !== undefined && (whole || i < keys.length - 1)) path = [...path, index]
    })
    return path
  }

  for (skip(' \t\r\n'); position < text.length; skip(' \t\r\n')) {
    const at = line
    const start = position
    if (peek() === '#') skipComment()
    else if (text.startsWith('[[', position)) {
      position += 2
      const path = resolve([], readKey(), false)
      const index = (arrays.get(formatKey(path)) ?? -1) + 1
      arrays.set(formatKey(path), index)
      table = [...path, index]
      position += 2
      statements.push({ kind: 'header', path: table, isElement: true, line: at, start, end: position })
    } else if (peek() === '[') {
      position++
      table = resolve([], readKey(), true)
      position++
      statements.push({ kind: 'header', path: table, isElement: false, line: at, start, end: position })
    } else {
      const path = resolve(table, readKey(), true)
      position++
      skip(' \t')
      const valueStart = position
      const end = skipValue()
      const isLong = line !== at
      statements.push({ kind: 'assignment', path, table, line: at, isLong, start, valueStart, end })
    }
  }
  return { statements, comments }
}

function unquoted(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted.slice(1, -1)
  }
}
