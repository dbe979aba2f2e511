const gap = '  '

/**
 * Lines of a table: upper-case heads, two spaces between columns, no trailing blanks. If a width is given, the widest
 * columns are wrapped between words until the table fits, or until every column is as narrow as its longest word: words
 * are never cut, since they are names one may want to copy. Without a width (a pipe) nothing is wrapped.
 */
export function formatTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  width?: number,
): readonly string[] {
  const cells = columns.map((head, i) => [head, ...rows.map((row) => row[i] ?? '')])
  const widths = cells.map((column) => longest(column))
  const narrowest = cells.map((column) => longest(column.flatMap((cell) => cell.split(' '))))
  if (width !== undefined) shrink(widths, narrowest, width)
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join(gap)
      .trimEnd()
  const wrapped = rows.flatMap((row) => {
    const lines = columns.map((_, i) => wrap(row[i] ?? '', widths[i] ?? 0))
    const height = longest(lines)
    return Array.from({ length: height }, (_, i) => line(lines.map((cell) => cell[i] ?? '')))
  })
  return [line(columns.map((head) => head.toUpperCase())), ...wrapped]
}

const longest = (texts: readonly { readonly length: number }[]): number =>
  texts.reduce((most, { length }) => Math.max(most, length), 0)

/** Takes a character at a time from the widest column that can spare one. */
function shrink(widths: number[], narrowest: readonly number[], width: number): void {
  let excess = widths.reduce((sum, one) => sum + one + gap.length, -gap.length) - width
  for (; excess > 0; excess--) {
    let widest = -1
    widths.forEach((one, i) => {
      if (one > (narrowest[i] ?? 0) && one > (widths[widest] ?? 0)) widest = i
    })
    if (widest < 0) return
    widths[widest] = (widths[widest] ?? 0) - 1
  }
}

/** Breaks between words. */
function wrap(text: string, width: number): string[] {
  if (text.length <= width) return [text]
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
