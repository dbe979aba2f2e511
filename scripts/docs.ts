import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from '../cli/program.ts'
import { withTables } from './cloud-table.ts'
import { agentBlocks } from './docs/agent-blocks.ts'
import { commandsPage } from './docs/commands-page.ts'
import { configurationPage } from './docs/configuration-page.ts'
import { fillBlocks } from './docs/markdown.ts'

const root = join(import.meta.dirname, '..')

/** What `npm run docs` writes, by file: whole pages of docs/, and the parts of others and of agent-docs/ between markers. */
export function generatedTexts(): ReadonlyMap<string, string> {
  const blocks = agentBlocks(describe(() => {}))
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const guides = globSync('agent-docs/**/*.md', { cwd: root }).sort()
  return new Map([
    ['docs/commands.md', commandsPage(describe(() => {}))],
    ['docs/configuration.md', configurationPage()],
    ['docs/clouds.md', withTables(read('docs/clouds.md'))],
    ...guides.map((file) => [file, fillBlocks(read(file), blocks)] as const),
  ])
}

if (import.meta.main) {
  for (const [file, text] of generatedTexts()) writeFileSync(join(root, file), text)
}
