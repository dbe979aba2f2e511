import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { credentialType } from '../../core/credentials/types.ts'
import { namePattern, nameRule } from '../../core/project/schema/fields.ts'
import { type Model, modelProviders } from '../../core/project/schema/model.ts'
import { shellWord } from '../../core/shell-word.ts'
import { type CredentialStore, credentialStore } from '../../functions/local/credential-store.ts'
import { addCredential } from '../creds/add-credential.ts'
import { exitCodes, UserError } from '../errors.ts'
import { missingCredentials } from '../local/missing-credentials.ts'
import { addAgent } from '../new/add-agent.ts'
import { askRepository } from '../new/ask-repository.ts'
import { chooseModel, type ModelFlags } from '../new/choose-model.ts'
import { chooseTemplate } from '../new/choose-template.ts'
import { writeNewText } from '../new/project-edits.ts'
import { projectTexts } from '../new/scaffold.ts'
import { needsRepository, type TemplateName, templates } from '../new/templates.ts'
import { type Ask, type AskOptions, asker } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'
import { cannotWrite } from '../unwritable.ts'
import { readProject } from './read-project.ts'

export interface NewOptions extends ModelFlags, AskOptions {
  readonly template?: TemplateName
  readonly agent?: string
  readonly repo?: string
  readonly runtime?: 'docker' | 'process'
  readonly credentialFromStdin?: boolean
  readonly credentialFile?: string
  readonly credential?: boolean
  readonly verify?: boolean
  readonly anyLook?: boolean
}

/**
 * From nothing to a project that compiles: model, key, a first agent. What is there already is kept. Says the one command
 * that comes next. Throws a `UserError`, before anything is written where it can be told before.
 */
export async function newProject(
  path: string,
  options: NewOptions,
  ui: Ui,
  ask: Ask = asker(options),
  store: CredentialStore = credentialStore(),
): Promise<void> {
  const directory = resolve(path)
  const name = basename(directory)
  refuse(path, directory, name)
  const model = await chooseModel(options, ask)
  const template = await chooseTemplate(options, ask, 'What should the first agent do?')
  const agent = options.agent ?? templates[template].agent
  const repo = needsRepository(template) ? await askRepository(options, directory, ask) : undefined
  await storeKey(model, options, { store, ui, ask })

  const { written, kept } = writeNew(directory, projectTexts(name, model, options.runtime))
  written.push(...addAgent(directory, { name: agent, template, repo }))
  for (const file of kept) ui.emit({ kind: 'note', text: `${file} was there already, and is kept as it was` })
  const missing = await missingCredentials(readProject({ project: directory }), store)
  const here = relative(process.cwd(), directory)
  const next = `${here === '' ? '' : `cd ${shellWord(here)} && `}${missing === undefined ? 'al start' : 'al doctor'}`
  const files = [...new Set(written)].sort()
  ui.emit({ kind: 'data', data: { project: name, directory, agent, files, kept, ready: missing === undefined, next } })
  ui.emit({ kind: 'text', text: `made ${name} with an agent, ${agent}: agents/${agent}/ACTIONS.md says what it does` })
  if (missing !== undefined) ui.emit({ kind: 'note', text: missing })
  ui.emit({ kind: 'text', text: `\nNext: ${next}` })
}

/** An agent or a project that is there is somebody's work. */
function refuse(path: string, directory: string, name: string): void {
  if (existsSync(join(directory, 'config.toml')) || existsSync(join(directory, 'agents'))) {
    throw new UserError(
      `${path} is a project already: \`al agent new -p ${shellWord(path)}\` adds an agent to it`,
      exitCodes.usage,
    )
  }
  if (existsSync(join(directory, 'agent-config.toml')) || existsSync(join(directory, 'ACTIONS.md'))) {
    throw new UserError(`${path} is the directory of an agent: name another one for the project`, exitCodes.usage)
  }
  if (!namePattern.test(name)) {
    throw new UserError(`${JSON.stringify(name)} is no name of a project: ${nameRule}`, exitCodes.usage)
  }
}

/** The key of the model, unless it is there, not wanted now, or not needed at all. */
async function storeKey(
  model: Model,
  options: NewOptions,
  { store, ui, ask }: { store: CredentialStore; ui: Ui; ask: Ask },
): Promise<void> {
  const type = modelProviders[model.provider]
  const { credentialFromStdin: fromStdin, credentialFile: file } = options
  const isGiven = fromStdin === true || file !== undefined
  if (type === undefined) {
    if (isGiven) throw new UserError(`${model.provider} needs no key: leave --credential-… out`, exitCodes.usage)
    return
  }
  if (!isGiven) {
    if ((await store.read({ type, instance: 'default', field: 'token' })) !== undefined) {
      ui.emit({ kind: 'note', text: `${type} (${credentialType(type)?.label}) is stored already` })
      return
    }
    if (options.credential === false || options.yes === true || !ask.reachesPerson) return
  }
  // A server of one's own takes any key.
  const anyLook = options.anyLook === true || model.baseUrl !== undefined
  const flags = {
    ...(fromStdin && { fromStdin }),
    ...(file !== undefined && { file }),
    verify: options.verify,
    anyLook,
  }
  const fields = await addCredential({ type, instance: 'default' }, flags, { store, ui, ask, mayBeLeftOut: true })
  if (fields.length > 0) ui.emit({ kind: 'note', text: `stored ${type}` })
}

function writeNew(directory: string, texts: ReadonlyMap<string, string>): { written: string[]; kept: string[] } {
  const written: string[] = []
  const kept: string[] = []
  try {
    mkdirSync(directory, { recursive: true })
    for (const [file, text] of texts) {
      if (existsSync(join(directory, file))) kept.push(file)
      else {
        writeNewText(join(directory, file), text)
        written.push(file)
      }
    }
  } catch (error) {
    // The next try must not take half a project for somebody's work.
    for (const file of written) rmSync(join(directory, file), { force: true })
    throw cannotWrite(`into ${directory}`, error)
  }
  return { written, kept }
}
