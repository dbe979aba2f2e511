import { formatKey, type KeyPath } from './problem.ts'
import { scanStatements } from './statements.ts'

/**
 * Finds the line of each key in the text of a TOML document that is known to parse. Keys inside inline tables and arrays are
 * found through the line of the assignment that holds them, if it is only one.
 */
export function scanLines(text: string): (path: KeyPath) => number | undefined {
  const lines = new Map<string, number>()
  for (const statement of scanStatements(text).statements) {
    const { path, line } = statement
    if (statement.kind === 'header') {
      if (statement.isElement) setOnce(lines, path.slice(0, -1), line)
      lines.set(formatKey(path), line)
    } else if (statement.isLong) lines.set(formatKey(path), line)
    else for (let n = statement.table.length + 1; n <= path.length; n++) setOnce(lines, path.slice(0, n), line)
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
