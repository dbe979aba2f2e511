import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { discoverAgents } from '../../core/project/discover.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { ConfigurationError, exitCodes, UserError } from '../errors.ts'
import { askForChange } from '../new/agent-menu.ts'
import { type ConfigFlags, configEdits } from '../new/config-edits.ts'
import { checkedChange, writeTexts } from '../new/project-edits.ts'
import { requireProject } from '../new/require-project.ts'
import { missingSources } from '../new/webhook-sources.ts'
import type { Edit } from '../toml/edit-data.ts'
import { readToml, type TomlTable } from '../toml/toml-value.ts'
import { type Ask, type AskOptions, asker } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'
import { unknownAgent } from './unknown-agent.ts'

export interface AgentConfigOptions extends ConfigFlags, AskOptions {
  readonly project: string
  /** The change is checked with this environment. */
  readonly env?: string
}

type Place = Pick<AgentConfigOptions, 'project' | 'env'>

/**
 * Changes the configuration of an agent: by flags, or on a terminal by a menu. Comments, order, instances and types of
 * everything else stay. What would not compile is refused, and nothing is written then.
 */
export async function agentConfig(
  name: string,
  options: AgentConfigOptions,
  ui: Ui,
  ask: Ask = asker(options),
): Promise<void> {
  const { project, env = process.env.AL_ENV || undefined } = options
  const place = { project, ...(env !== undefined && { env }) }
  requireProject(project)
  const agents = discoverAgents(projectFiles(project), [])
  const found = agents.find((one) => one.name === name)
  if (found === undefined)
    throw unknownAgent(
      name,
      agents.map((one) => one.name),
    )
  const file = `${found.directory}/agent-config.toml`
  const edits = configEdits(read(project, file), options)
  const written = new Set<string>()
  if (edits.agent.length + edits.config.length > 0) {
    for (const one of change(place, file, edits)) written.add(one)
  } else if (!ask.reachesPerson) {
    throw new UserError(
      'there is no terminal for the menu: say what to change, as in --add-credential github_token; `al agent config --help` has the rest',
      exitCodes.usage,
    )
  } else await menu(place, file, ask, ui, written)
  ui.emit({ kind: 'data', data: { agent: name, files: [...written] } })
  ui.emit({ kind: 'text', text: written.size === 0 ? 'nothing was changed' : `changed ${[...written].join(' and ')}` })
}

async function menu(at: Place, file: string, ask: Ask, ui: Ui, written: Set<string>): Promise<void> {
  for (;;) {
    const data = read(at.project, file)
    const flags = await askForChange(data, ask)
    if (flags === undefined) return
    try {
      for (const one of change(at, file, configEdits(data, flags))) written.add(one)
    } catch (error) {
      // The menu goes on: what was refused has changed nothing.
      if (!(error instanceof UserError)) throw error
      ui.emit({ kind: 'warning', text: error.message })
    }
  }
}

/** Returns the files that were written. */
function change(
  { project, env }: Place,
  file: string,
  { agent, config }: { agent: readonly Edit[]; config: readonly Edit[] },
): string[] {
  const added = agent.flatMap((one) => (one.do === 'append' ? [one.table] : []))
  const all = [...config, ...(added.length === 0 ? [] : missingSources(added, read(project, 'config.toml'), config))]
  const edits = new Map([[file, agent], ...(all.length > 0 ? [['config.toml', all] as const] : [])])
  const texts = checkedChange(project, { edits }, env)
  writeTexts(project, texts)
  return [...texts.keys()]
}

/** Throws a ConfigurationError for a file that cannot be read as TOML: the parser's message quotes lines of it. */
function read(project: string, file: string): TomlTable {
  if (!existsSync(join(project, file))) return {}
  try {
    return readToml(readFileSync(join(project, file), 'utf8'))
  } catch (error) {
    const { line } = error as { line?: number }
    const message = line === undefined ? 'cannot be read' : 'is no TOML: put that right first'
    throw new ConfigurationError(project, [{ file, ...(line !== undefined && { line }), message }])
  }
}
