import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TomlError } from 'smol-toml'
import { compileProject } from '../../core/compile.ts'
import type { Content, ProjectFiles } from '../../core/project/files.ts'
import { formatProblem, type Problem } from '../../core/project/problem.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { ConfigurationError, exitCodes, UserError } from '../errors.ts'
import type { Edit } from '../toml/edit-data.ts'
import { editToml } from '../toml/edit-toml.ts'
import { cannotWrite } from '../unwritable.ts'

/** What of a project is to be changed: edits by file, and whole new files. */
export interface ProjectChange {
  readonly edits?: ReadonlyMap<string, readonly Edit[]>
  readonly files?: ReadonlyMap<string, string>
}

/**
 * The texts that a change makes, by file. It is compiled before anything is written: throws a ConfigurationError with what
 * it would break. What was wrong before stays so, and is no reason to refuse.
 */
export function checkedChange(
  project: string,
  { edits = new Map(), files = new Map() }: ProjectChange,
  environment?: string,
): ReadonlyMap<string, string> {
  const here = projectFiles(project)
  const texts = new Map(files)
  for (const [file, list] of edits) {
    const text = texts.get(file) ?? textOf(here.read(file, Number.MAX_SAFE_INTEGER), file)
    const edited = tomlEdited(file, text, list)
    if (edited !== text || !hasFile(here, file)) texts.set(file, edited)
  }
  const before = new Set(problemsOf(here, environment).map(formatKeyOf))
  const broken = problemsOf(overlaid(here, texts), environment).filter((one) => !before.has(formatKeyOf(one)))
  if (broken.length > 0) throw new ConfigurationError(project, broken)
  return texts
}

/** Writes texts that were checked, each in one step. */
export function writeTexts(project: string, texts: ReadonlyMap<string, string>): void {
  for (const [file, text] of texts) {
    const path = join(project, file)
    const draft = `${path}.${process.pid}.draft`
    try {
      writeFileSync(draft, text, { flag: 'wx' })
      renameSync(draft, path)
    } catch (error) {
      rmSync(draft, { force: true })
      throw cannotWrite(path, error)
    }
  }
}

/** Writes a file that is not there yet, whole or not at all. */
export function writeNewText(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(path, { force: true })
    throw error
  }
}

const hasFile = (files: ProjectFiles, file: string): boolean =>
  files.read(file, Number.MAX_SAFE_INTEGER).kind === 'text'

function textOf(content: Content, file: string): string {
  if (content.kind === 'text') return content.text
  if (content.kind === 'absent') return ''
  const reason = content.kind === 'unreadable' ? content.reason : 'is too large'
  throw new UserError(`${file} cannot be changed: ${reason}`, exitCodes.configuration)
}

function tomlEdited(file: string, text: string, edits: readonly Edit[]): string {
  try {
    return editToml(text, edits)
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${file}: ${error.message}`, error.exitCode)
    // The parser's message quotes the file, which may hold secrets.
    if (!(error instanceof TomlError)) throw error
    const { line } = error
    throw new UserError(
      `${file}:${line} is no TOML: put that right first, \`al doctor\` says more`,
      exitCodes.configuration,
    )
  }
}

/** A line more or less above it does not make it another problem. */
const formatKeyOf = ({ line: _, ...problem }: Problem): string => formatProblem(problem)

function problemsOf(files: ProjectFiles, environment: string | undefined): readonly Problem[] {
  const compiled = compileProject(files, { provider: 'local', environment })
  return compiled.ok ? [] : compiled.problems
}

function overlaid(files: ProjectFiles, texts: ReadonlyMap<string, string>): ProjectFiles {
  return {
    ...files,
    read(path, limit) {
      const text = texts.get(path)
      return text === undefined ? files.read(path, limit) : { kind: 'text', text }
    },
    list(path) {
      const inside = path === '' ? '' : `${path}/`
      const found = new Map((files.list(path) ?? []).map((entry) => [entry.name, entry]))
      for (const file of texts.keys()) {
        if (!file.startsWith(inside)) continue
        const [name = '', ...below] = file.slice(inside.length).split('/')
        if (!found.has(name)) found.set(name, { name, kind: below.length === 0 ? 'file' : 'directory' })
      }
      return found.size === 0 && path !== '' ? files.list(path) : [...found.values()]
    },
  }
}
