import { type CloudFlags, type CloudTable, chooseCloud } from '../setup/cloud-table.ts'
import type { Ask } from '../ui/ask.ts'
import type { EnvironmentKind } from './kinds.ts'

/** The text of a new environment file. Asks for what a cloud cannot do without. */
export async function skeleton(name: string, kind: EnvironmentKind, flags: CloudFlags, ask: Ask): Promise<string> {
  const head = `# The environment "${name}": what differs from config.toml. \`-E ${name}\` selects it.\n`
  if (kind === 'local') {
    return `${head}
# [gateway]
# port = 8081

# [model]
# model = "another-one"
`
  }
  const table: CloudTable = await chooseCloud({ ...flags, provider: kind }, ask)
  const lines = Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  return `${head}\n[cloud]\n${lines.join('\n')}\n`
}
