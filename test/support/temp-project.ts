import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { projectFiles } from '../../infra/project-files.ts'

/** A fresh directory that is gone after the test. */
export function tempDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'al-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Writes a project (path → content) into a fresh directory named `demo` and answers its path. */
export function tempProject(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = join(tempDirectory(), 'demo')
  mkdirSync(directory)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  return directory
}

/** What is wrong with a project on disk, a line each, as the CLI prints it; nothing when it compiles. */
export function problemsIn(
  project: string,
  options: Parameters<typeof compileProject>[1] & { readonly home?: string } = {},
): readonly string[] {
  const { home = join(project, '..', 'no-home'), ...rest } = options
  const compiled = compileProject(projectFiles(project, home), rest)
  return compiled.ok ? [] : compiled.problems.map(formatProblem)
}

export const problemsOf = (files: Readonly<Record<string, string | Uint8Array>>, options = {}): readonly string[] =>
  problemsIn(tempProject(files), options)

const main = resolve(import.meta.dirname, '../../cli/main.ts')

/** Runs `al` as a user's shell would, and answers what came of it. */
export function al(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const { AL_ENV: _, DEBUG: __, NO_COLOR: ___, FORCE_COLOR: ____, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    cwd: options.cwd,
    env: { ...env, ...options.env },
  })
  return { code: status, stdout, stderr }
}
