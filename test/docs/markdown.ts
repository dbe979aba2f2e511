import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** The pages that people read, by their paths from the root. */
export const pages: readonly string[] = [
  'README.md',
  ...globSync('{docs,agent-docs}/**/*.md', { cwd: root }),
  ...globSync('examples/*/README.md', { cwd: root }),
].sort()

export const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

export interface Block {
  readonly page: string
  /** Line of the page on which its text begins, from 1. */
  readonly line: number
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a page. Those within a list are indented, and are given without that. */
export function blocksOf(page: string, text: string = textOf(page)): Block[] {
  const blocks: Block[] = []
  let open: { readonly indent: string; readonly language: string; readonly line: number; lines: string[] } | undefined
  text.split('\n').forEach((line, i) => {
    const fence = /^(\s*)```(\w*)\s*$/.exec(line)
    if (open === undefined) {
      if (fence !== null) open = { indent: fence[1] ?? '', language: fence[2] ?? '', line: i + 2, lines: [] }
      return
    }
    if (fence?.[2] === '') {
      blocks.push({ page, line: open.line, language: open.language, text: open.lines.join('\n') })
      open = undefined
    } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line)
  })
  if (open !== undefined) throw new Error(`${page}:${open.line} a block is not closed`)
  return blocks
}

/** A page without its fenced blocks. */
export const proseOf = (text: string): string => text.replaceAll(/^(\s*)```\w*\n[\s\S]*?\n\s*```$/gm, '')

/** The pieces of code in the prose of a page. */
export const codeOf = (text: string): string[] =>
  [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)

/** The anchors that headings get on GitHub. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = [...proseOf(text).matchAll(/^#{1,6} +(.+?)\s*$/gm)].map(([, heading = '']) => {
    const slug = plain(heading)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  })
  return new Set(anchors)
}

/** What is read of a heading: no marks, and entities as the characters they stand for. */
const plain = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll(/[`*\\]/g, '')
