import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import type { PlanOptions } from '../../core/plan/make-plan.ts'
import type { Plan } from '../../core/plan/schema.ts'
import type { LoadOptions } from '../../core/project/load.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { synthesize } from '../../infra/aws/synth.ts'
import { projectFiles } from '../../infra/project-files.ts'

/** The repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Every project that is valid on AWS, from the repository's root. */
export const validProjects = [
  'examples/acme',
  ...['acme', 'root-layout', 'cloud-run', 'laptop', 'crons'].map((name) => `test/fixtures/${name}`),
]

const scratch: string[] = []
afterAll(() => {
  for (const one of scratch.splice(0)) rmSync(one, { recursive: true, force: true })
})

/** A new directory, gone after the test file. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'al-synth-'))
  scratch.push(directory)
  return directory
}

export type Files = Readonly<Record<string, string>>

/** A model, which every project needs, and nothing else. */
export const model = '[model]\nprovider = "anthropic"\nmodel = "claude-sonnet-4-20250514"\nauthType = "api_key"\n'

/** An agent's files with one schedule and no more than is asked for. */
export const agentFiles = (name: string, config = 'schedule = "0 6 * * *"\n'): Files => ({
  [`agents/${name}/agent-config.toml`]: config,
  [`agents/${name}/ACTIONS.md`]: `You are ${name}.\n`,
})

/** Writes files into a directory called `name`, in the order given, and answers its path. */
export function writeProject(files: Files, name = 'demo'): string {
  const directory = join(scratchDirectory(), name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  return directory
}

export type Properties = Readonly<Record<string, unknown>>
export interface Resource {
  readonly Type: string
  readonly Properties: Properties
  readonly DependsOn?: readonly string[]
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs?: Readonly<Record<string, unknown>>
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly NoEcho?: boolean }>>
}

export interface Synthesized {
  readonly plan: Plan
  readonly out: string
  /** By stack name; the control plane's is the plan's `names.stack`. */
  readonly templates: ReadonlyMap<string, Template>
}

/** Compiles and synthesizes a project in this process, for AWS. */
export async function synthProject(
  directory: string,
  options: LoadOptions & PlanOptions = {},
  home = scratchDirectory(),
): Promise<Synthesized> {
  const compiled = compileProject(projectFiles(directory, home), { provider: 'ecs', ...options })
  if (!compiled.ok) throw new Error(compiled.problems.map(formatProblem).join('\n'))
  const out = join(scratchDirectory(), 'out')
  await synthesize(compiled.plan, directory, out)
  return { plan: compiled.plan, out, templates: templatesIn(out) }
}

export function templatesIn(out: string): ReadonlyMap<string, Template> {
  const suffix = '.template.json'
  const files = readdirSync(out).filter((name) => name.endsWith(suffix))
  return new Map(
    files.map((name) => [name.slice(0, -suffix.length), JSON.parse(readFileSync(join(out, name), 'utf8'))]),
  )
}

/** All resources of an assembly, by `stack/logical id`. */
export const resourcesIn = ({ templates }: Pick<Synthesized, 'templates'>): [string, Resource][] =>
  [...templates].flatMap(([stack, { Resources }]) =>
    Object.entries(Resources).map(([id, resource]): [string, Resource] => [`${stack}/${id}`, resource]),
  )

/** The resources of one type. */
export const ofType = (synthesized: Pick<Synthesized, 'templates'>, type: string): Resource[] =>
  resourcesIn(synthesized).flatMap(([, resource]) => (resource.Type === type ? [resource] : []))

/** The only one of what should be one. */
export function only<T>(list: readonly T[]): T {
  const [first] = list
  if (first === undefined || list.length > 1) throw new Error(`expected one, found ${list.length}`)
  return first
}

/** Everything below a directory, by path: the bytes of files, where links lead. */
export function treeOf(directory: string): ReadonlyMap<string, Buffer> {
  const tree = new Map<string, Buffer>()
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const key = path.slice(directory.length + 1)
    if (entry.isFile()) tree.set(key, readFileSync(path))
    else if (entry.isSymbolicLink()) tree.set(key, Buffer.from(`-> ${readlinkSync(path)}`))
  }
  return new Map([...tree].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `al` as a user would, from source or from a bundle, with nothing in the environment but what is given. */
export function al(
  args: readonly string[],
  options: { env?: Files; cwd?: string; entry?: string; home?: string; umask?: string } = {},
): Ended {
  const command = [process.execPath, options.entry ?? join(root, 'cli', 'main.ts'), ...args]
  const shell = ['-c', 'umask "$0"; exec "$@"', options.umask ?? '022', ...command]
  const { status, stdout, stderr, error } = spawnSync('/bin/sh', shell, {
    cwd: options.cwd ?? root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env.PATH, HOME: options.home ?? scratchDirectory(), ...options.env },
  })
  if (error) throw error
  return { code: status, stdout, stderr }
}
