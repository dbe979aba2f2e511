/** A table. Cells may hold any text; what a pipe or a line end would break is written so that it does not. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')

/** Text between pieces of code, with what a reader of Markdown would take for a tag written so that it is not. */
export const prose = (text: string): string =>
  text
    .split('`')
    .map((part, i) => (i % 2 === 0 ? part.replaceAll('<', '\\<') : part))
    .join('`')

export const code = (text: string): string => `\`${text}\``

/** What a text between markers is replaced by: `<!-- generated: name -->` … `<!-- end -->`. Throws for an unknown name. */
export function fillBlocks(text: string, blocks: Readonly<Record<string, string>>): string {
  return text.replaceAll(/<!-- generated: ([\w-]+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const block = blocks[name]
    if (block === undefined) throw new Error(`no generated block is called ${name}`)
    return `<!-- generated: ${name} -->\n\n${block}\n\n<!-- end -->`
  })
}
