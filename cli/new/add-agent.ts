import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { TomlError } from 'smol-toml'
import { namePattern, nameRule } from '../../core/project/schema/fields.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { exitCodes, UserError } from '../errors.ts'
import { type Edit, valueAt } from '../toml/edit-data.ts'
import { editToml } from '../toml/edit-toml.ts'
import { readToml, type TomlTable } from '../toml/toml-value.ts'
import { checkedChange, writeNewText, writeTexts } from './project-edits.ts'
import { agentFilesOf, type TemplateName } from './templates.ts'
import { missingSources } from './webhook-sources.ts'

export interface NewAgent {
  readonly name: string
  readonly template: TemplateName
  /** `owner/name`. */
  readonly repo?: string
  /** Changes of the template's agent-config.toml. */
  readonly edits?: readonly Edit[]
  /** Changes of config.toml, such as sources of its triggers. */
  readonly projectEdits?: readonly Edit[]
}

/** What is wrong with the name of a new agent; nothing if it is free and right. */
export function agentNameProblem(project: string, name: string): string | undefined {
  if (name === 'default') return '"default" is reserved'
  if (!namePattern.test(name)) return `${JSON.stringify(name)} is no name of an agent: ${nameRule}`
  const taken = [join('agents', name), name].find((path) => existsSync(join(project, path, 'agent-config.toml')))
  if (taken !== undefined)
    return `an agent "${name}" is there already (${taken}): \`al agent config ${name}\` changes it`
  if (existsSync(join(project, 'agents', name)))
    return `${join('agents', name)} is there already, and no agent: remove it`
  return undefined
}

/**
 * Makes an agent, and the sources its triggers name in config.toml. Nothing is written when the project would not compile
 * with it: throws a ConfigurationError. Returns the files that were written.
 */
export function addAgent(project: string, agent: NewAgent): string[] {
  const problem = agentNameProblem(project, agent.name)
  if (problem !== undefined) throw new UserError(problem, exitCodes.usage)
  const directory = `agents/${agent.name}`
  const files = new Map<string, string>(
    [...agentFilesOf(agent.template, { agent: agent.name, repo: agent.repo })].map(
      ([name, text]) => [`${directory}/${name}`, text] as const,
    ),
  )
  const config = `${directory}/agent-config.toml`
  files.set(config, editToml(files.get(config) ?? '', agent.edits ?? []))
  const triggers = valueAt(readToml(files.get(config) ?? ''), ['webhooks'])
  const { projectEdits = [] } = agent
  const sources = Array.isArray(triggers) ? missingSources(triggers, configOf(project), projectEdits) : []
  const all = [...projectEdits, ...sources]
  const edits = new Map(all.length > 0 ? [['config.toml', all] as const] : [])
  const texts = checkedChange(project, { files, edits })
  const isNew = ([file]: readonly [string, string]) => file.startsWith(`${directory}/`)
  try {
    for (const [file, text] of [...texts].filter(isNew)) writeNewText(join(project, file), text)
    writeTexts(project, new Map([...texts].filter((one) => !isNew(one))))
  } catch (error) {
    // Half an agent would keep the whole project from compiling.
    rmSync(join(project, directory), { recursive: true, force: true })
    throw error
  }
  return [...texts.keys()]
}

/** What config.toml says; nothing if it is not there or no TOML, which the check of the change tells. */
function configOf(project: string): TomlTable {
  const content = projectFiles(project).read('config.toml', Number.MAX_SAFE_INTEGER)
  try {
    return content.kind === 'text' ? readToml(content.text) : {}
  } catch (error) {
    if (error instanceof TomlError) return {}
    throw error
  }
}
