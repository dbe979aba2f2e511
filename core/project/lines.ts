import { formatKey, type KeyPath } from './problem.ts'

/**
 * Finds the line of each key in the text of a TOML document that is known to parse, since the parser keeps no positions.
 * Keys inside inline tables and arrays are found through the line of the assignment that holds them, if it is only one.
 */
export function scanLines(text: string): (path: KeyPath) => number | undefined {
  const lines = new Map<string, number>()
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
  const skipValue = () => {
    let depth = 0
    for (let c = peek(); c !== undefined; c = peek()) {
      if (c === '\n' && depth === 0) return
      if (c === '"' || c === "'") skipString()
      else if (c === '#') while (peek() !== undefined && peek() !== '\n') position++
      else {
        if (c === '[' || c === '{') depth++
        if (c === ']' || c === '}') depth--
        next()
      }
    }
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
    if (peek() === '#') {
      while (position < text.length && peek() !== '\n') position++
    } else if (text.startsWith('[[', position)) {
      position += 2
      const path = resolve([], readKey(), false)
      const index = (arrays.get(formatKey(path)) ?? -1) + 1
      arrays.set(formatKey(path), index)
      table = [...path, index]
      setOnce(lines, path, at)
      lines.set(formatKey(table), at)
      position += 2
    } else if (peek() === '[') {
      position++
      table = resolve([], readKey(), true)
      lines.set(formatKey(table), at)
      position++
    } else {
      const path = resolve(table, readKey(), true)
      position++
      skipValue()
      if (line === at) for (let n = table.length + 1; n <= path.length; n++) setOnce(lines, path.slice(0, n), at)
      else lines.set(formatKey(path), at)
    }
  }
  return (path) => {
    for (let n = path.length; n > 0; n--) {
      const found = lines.get(formatKey(path.slice(0, n)))
      if (found !== undefined) return found
    }
    return undefined
  }
}

function setOnce(lines: Map<string, number>, path: KeyPath, line: number): void {
  const key = formatKey(path)
  if (!lines.has(key)) lines.set(key, line)
}

function unquoted(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted.slice(1, -1)
  }
}
