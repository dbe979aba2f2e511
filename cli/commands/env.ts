import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { examineProject } from '../../core/compile.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { secretIn } from '../../core/project/secrets.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { checkName, environmentFiles, filesOf, homeEnvironments } from '../env/environments.ts'
import type { EnvironmentKind } from '../env/kinds.ts'
import { skeleton } from '../env/skeleton.ts'
import { ConfigurationError, exitCodes, UserError } from '../errors.ts'
import { writeNewText, writeTexts } from '../new/project-edits.ts'
import { requireProject } from '../new/require-project.ts'
import type { CloudFlags } from '../setup/cloud-table.ts'
import { editToml } from '../toml/edit-toml.ts'
import { readToml } from '../toml/toml-value.ts'
import { type Ask, type AskOptions, asker } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'
import { cannotWrite } from '../unwritable.ts'

interface InProject {
  readonly project: string
}

export interface EnvInitOptions extends InProject, Omit<CloudFlags, 'provider'>, AskOptions {
  readonly type: EnvironmentKind
  /** In the home directory, for all projects. */
  readonly home?: boolean
}

/** Writes a first version of an environment's file. One that is there is kept. */
export async function envInit(name: string, options: EnvInitOptions, ui: Ui, ask: Ask = asker(options)): Promise<void> {
  checkName(name)
  const { project, home = false, type } = options
  if (!home) requireProject(project)
  const path = home ? join(homeEnvironments(), `${name}.toml`) : join(project, 'environments', `${name}.toml`)
  const there = environmentFiles(project).find((one) => one.path === path)
  if (there !== undefined) throw exists(path, name)
  const text = await skeleton(name, type, options, ask)
  try {
    writeNewText(path, text)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EEXIST') throw exists(path, name)
    throw cannotWrite(path, error)
  }
  ui.emit({ kind: 'data', data: { name, path, type } })
  ui.emit({
    kind: 'text',
    text: `made ${path}; \`-E ${name}\` selects it, \`al env set ${name}\` makes it the default here`,
  })
}

const exists = (path: string, name: string): UserError =>
  new UserError(`${path} is there already: \`al env show ${name}\` prints it, an editor changes it`, exitCodes.usage)

/** Lists what can be selected, and what is. */
export async function envList({ project }: InProject, ui: Ui): Promise<void> {
  requireProject(project)
  const selected = selectedIn(project)
  const rows = environmentFiles(project).map(({ name, where, path }) => ({
    name,
    where,
    path,
    kind: kindOf(path),
    selected: name === selected?.name,
  }))
  ui.emit({ kind: 'data', data: rows })
  if (rows.length === 0) {
    ui.emit({ kind: 'text', text: 'no environments: `al env init <name>` makes one; without one it is "default"' })
    return
  }
  ui.emit({
    kind: 'table',
    columns: ['name', 'kind', 'selected', 'file'],
    rows: rows.map((one) => [one.name, one.kind, one.selected ? `yes, by ${selected?.by}` : '', one.path]),
  })
}

/** Prints the file or files of an environment as they are. */
export async function envShow(name: string, { project }: InProject, ui: Ui): Promise<void> {
  const files = filesOf(project, name).map((one) => ({ ...one, text: readFileSync(one.path, 'utf8') }))
  for (const { path, text } of files) {
    const secret = secretIn(text)
    if (secret === undefined) continue
    throw new UserError(
      `${path} holds ${secret}, and is not shown: store it with \`al creds add\`, and take it out`,
      exitCodes.configuration,
    )
  }
  ui.emit({ kind: 'data', data: files.map(({ path, where, text }) => ({ name, where, path, text })) })
  for (const { path, text } of files) ui.emit({ kind: 'text', text: `# ${path}\n${text.trimEnd()}\n` })
}

/** Makes an environment the default of this checkout, in `.env.toml`; without a name, none. */
export async function envSet(name: string | undefined, { project }: InProject, ui: Ui): Promise<void> {
  requireProject(project)
  if (name !== undefined) filesOf(project, name)
  const content = projectFiles(project).read('.env.toml', Number.MAX_SAFE_INTEGER)
  const before = content.kind === 'text' ? content.text : ''
  const edit =
    name === undefined
      ? ({ do: 'remove', path: ['environment'] } as const)
      : ({ do: 'set', path: ['environment'], value: name } as const)
  const after = editToml(before, [edit])
  if (after !== before) writeTexts(project, new Map([['.env.toml', after]]))
  ui.emit({ kind: 'data', data: { environment: name ?? null } })
  ui.emit({
    kind: 'text',
    text:
      name === undefined
        ? 'no environment is selected in .env.toml: it is "default", or what -E and AL_ENV say'
        : `.env.toml selects ${name}; -E and AL_ENV still win`,
  })
}

/** Compiles the project with an environment, for this machine and for its cloud. Throws with everything that is wrong. */
export async function envCheck(name: string, { project }: InProject, ui: Ui): Promise<void> {
  const found = filesOf(project, name)
  const files = projectFiles(project)
  const local = examineProject(files, { provider: 'local', environment: name })
  const cloud = examineProject(files, { environment: name })
  const problems = new Map([...local.problems, ...cloud.problems].map((one) => [formatProblem(one), one]))
  ui.emit({ kind: 'data', data: { name, ok: problems.size === 0, problems: [...problems.values()] } })
  if (problems.size > 0) throw new ConfigurationError(`${project} with ${name}`, [...problems.values()])
  const target = cloud.plan?.target
  const where =
    target === undefined || target.assumed ? 'this machine' : `this machine and ${target.region ?? target.provider}`
  ui.emit({ kind: 'text', text: `${name} (${found.map(({ path }) => path).join(', ')}) compiles for ${where}` })
}

/** What the environment is without a flag: of AL_ENV, else of `.env.toml`. */
function selectedIn(project: string): { readonly name: string; readonly by: string } | undefined {
  if (process.env.AL_ENV) return { name: process.env.AL_ENV, by: 'AL_ENV' }
  const content = projectFiles(project).read('.env.toml', Number.MAX_SAFE_INTEGER)
  const name = content.kind === 'text' ? tomlOf(content.text)?.environment : undefined
  return typeof name === 'string' ? { name, by: '.env.toml' } : undefined
}

/** What a file is for, as far as it says. */
function kindOf(path: string): string {
  const data = tomlOf(readFileSync(path, 'utf8'))
  if (data === undefined) return 'no TOML'
  if (data.server !== undefined) return 'server'
  const { cloud } = data as { cloud?: { provider?: unknown } }
  return typeof cloud?.provider === 'string' ? cloud.provider : 'local'
}

function tomlOf(text: string) {
  try {
    return readToml(text)
  } catch {
    // What is wrong with it, `al env check` says.
    return undefined
  }
}
