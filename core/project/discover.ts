import type { ProjectFiles } from './files.ts'
import { nearestWord } from './nearest.ts'
import { compare, type Problem } from './problem.ts'
import { namePattern, nameRule } from './schema/fields.ts'

/** A directory that holds an agent. */
export interface Found {
  readonly name: string
  readonly directory: string
}

const configFile = 'agent-config.toml'

/** Where agents live: `agents/<name>`, and `<name>` beside config.toml as older projects have it. */
const homes = ['agents', '']

/**
 * Finds the agents of a project, by name. Only direct children count, links included; names that start with a dot and
 * `node_modules` are passed over. Two agents of one name, and names that no target could hold, are problems.
 */
export function discoverAgents(files: ProjectFiles, problems: Problem[]): readonly Found[] {
  const found: Found[] = []
  const root = files.list('') ?? []
  for (const { name } of root) {
    const right = ['agents', 'config.toml', '.env.toml'].find((one) => one !== name && one === name.toLowerCase())
    if (right !== undefined)
      problems.push({ file: name, message: `is not read: its name is "${right}", in lower case` })
  }
  const hasHome = root.some(({ name, kind }) => name === 'agents' && kind !== 'broken-link')
  for (const home of homes) {
    for (const entry of (home === '' ? root : hasHome ? files.list(home) : undefined) ?? []) {
      const { name } = entry
      if (name.startsWith('.') || name === 'node_modules') continue
      const directory = home === '' ? name : `${home}/${name}`
      if (entry.kind === 'broken-link' && (home !== '' || homes.includes(name))) {
        problems.push({ file: directory, message: 'is a link that leads nowhere (to nothing, or to itself)' })
      }
      if (entry.kind !== 'directory') continue
      const names = (files.list(directory) ?? []).map((inner) => inner.name)
      if (!names.includes(configFile)) {
        const meant = names.find((one) => nearestWord(one, [configFile]) !== undefined)
        if (meant !== undefined)
          problems.push({ file: `${directory}/${meant}`, message: `rename this to ${configFile}` })
        else if (home !== '' && names.includes('ACTIONS.md')) {
          problems.push({ file: directory, message: `has an ACTIONS.md but no ${configFile}, so it is no agent` })
        }
        continue
      }
      if (directory === 'agents') {
        problems.push({
          file: `agents/${configFile}`,
          message: 'agents/ holds agents and is none: move this to agents/<name>/',
        })
        continue
      }
      found.push({ name, directory })
    }
  }

  const usable: Found[] = []
  const names = new Set<string>()
  // `agents/` comes first: the copy at the root is the one to remove.
  for (const agent of found) {
    const file = `${agent.directory}/${configFile}`
    if (names.has(agent.name)) {
      problems.push({ file, message: `agent "${agent.name}" exists in agents/${agent.name}/ too; keep one of the two` })
      continue
    }
    names.add(agent.name)
    if (agent.name === 'default')
      problems.push({ file, message: 'the name "default" is reserved; rename the directory' })
    else if (!namePattern.test(agent.name)) {
      problems.push({ file, message: `the directory's name is no agent name: ${nameRule}` })
    }
    usable.push(agent)
  }
  return usable.sort((a, b) => compare(a.name, b.name))
}
