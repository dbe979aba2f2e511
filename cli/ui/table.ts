const gap = '  '
/** A column gets no narrower than this when a table has to fit. */
const narrowest = 12

/**
 * Lines of a table: upper-case heads, two spaces between columns, no trailing blanks. If a width is given, the widest
 * columns are wrapped between words until the table fits; without one (a pipe) nothing is wrapped or cut.
 */
export function formatTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  width?: number,
): readonly string[] {
  const widths = columns.map((head, i) => Math.max(head.length, ...rows.map((row) => (row[i] ?? '').length)))
  const total = () => widths.reduce((sum, one) => sum + one + gap.length, -gap.length)
  while (width !== undefined && total() > width) {
    const widest = Math.max(...widths)
    if (widest <= narrowest) break
    widths[widths.indexOf(widest)] = Math.max(narrowest, widest - (total() - width), secondOf(widths))
    if (Math.max(...widths) === widest) widths[widths.indexOf(widest)] = widest - 1
  }
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(gap)
      .trimEnd()
  const wrapped = rows.flatMap((row) => {
    const cells = columns.map((_, i) => wrap(row[i] ?? '', widths[i] ?? 0))
    const height = Math.max(...cells.map((cell) => cell.length))
    return Array.from({ length: height }, (_, i) => line(cells.map((cell) => cell[i] ?? '')))
  })
  return [line(columns.map((head) => head.toUpperCase())), ...wrapped]
}

const secondOf = (widths: readonly number[]): number => [...widths].sort((a, b) => b - a)[1] ?? 0

/** Breaks between words; a word that is longer than the line is cut. */
function wrap(text: string, width: number): string[] {
  if (text.length <= width) return [text]
  const lines: string[] = []
  let current = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (current !== '' && current.length + 1 + rest.length <= width) {
      current += ` ${rest}`
      continue
    }
    if (current !== '') lines.push(current)
    for (; rest.length > width; rest = rest.slice(width)) lines.push(rest.slice(0, width))
    current = rest
  }
  return [...lines, current]
}
