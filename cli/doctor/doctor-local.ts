import { examineProject } from '../../core/compile.ts'
import { formatProblem, type Problem } from '../../core/project/problem.ts'
import { credentialStore } from '../../functions/local/credential-store.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { ConfigurationError, type ExitCode, exitCodes, UserError } from '../errors.ts'
import { type Ask, asker } from '../ui/ask.ts'
import { inSamePlace } from '../ui/same-place.ts'
import type { Ui } from '../ui/ui.ts'
import type { Check } from './check.ts'
import { type Examined, localChecks } from './local-checks.ts'

export interface LocalDoctorOptions {
  readonly project: string
  readonly env?: string
  /** Report, and change nothing. */
  readonly check?: boolean
  readonly json?: boolean
}

/**
 * Says everything that is wrong with a project and missing on this machine, in one go. On a terminal it asks for the
 * credentials that are missing first. Throws at the end, by what is worst: `configuration`, `credentials`, `failure`.
 */
export async function doctorLocal(
  options: LocalDoctorOptions,
  ui: Ui,
  { checksOf = localChecks, ask = asker({}) }: { readonly checksOf?: typeof localChecks; readonly ask?: Ask } = {},
): Promise<void> {
  const store = credentialStore()
  const { problems, ...examined } = examine(options)
  let checks = await checksOf(examined, store)
  if (options.check !== true && options.json !== true && ask.reachesPerson) {
    const { repair } = await import('./repair.ts')
    if (await repair(checks, { store, ui, ask })) checks = await checksOf(examined, store)
  }
  show(examined, problems, checks, (text) => inSamePlace(text, options), ui)
  refuse(options.project, problems, checks)
}

/** Planned for this machine and for its cloud: what one of them cannot do is a problem, too. Each problem is told once. */
function examine({
  project: directory,
  env,
}: LocalDoctorOptions): Examined & { readonly problems: readonly Problem[] } {
  const files = projectFiles(directory)
  const environment = env ?? (process.env.AL_ENV || undefined)
  const local = examineProject(files, { provider: 'local', environment })
  const cloud = examineProject(files, { environment })
  const once = new Map([...local.problems, ...cloud.problems].map((problem) => [formatProblem(problem), problem]))
  return {
    directory,
    ...(local.plan !== undefined && { plan: local.plan }),
    ...(cloud.plan !== undefined && { cloud: cloud.plan }),
    ...(local.project !== undefined && { port: local.project.gateway.port }),
    problems: [...once.values()],
  }
}

/** `placed` completes the commands that a text names: what is told as data, or in a table, is typed as well. */
function show(
  { plan, directory }: Examined,
  problems: readonly Problem[],
  found: readonly Check[],
  placed: (text: string) => string,
  ui: Ui,
): void {
  const checks = found.map(({ todo, detail, ...one }) => ({
    ...one,
    detail: placed(detail),
    ...(todo !== undefined && { todo: placed(todo) }),
  }))
  const told = problems.map((one) => ({ ...one, message: placed(one.message) }))
  const ok = problems.length === 0 && checks.every(({ state }) => state !== 'missing')
  const { project, environment } = plan ?? { project: null, environment: null }
  const shown = checks.map(({ missing: _, ...one }) => one)
  ui.emit({ kind: 'data', data: { project, environment, ok, problems: told, checks: shown } })
  ui.emit({ kind: 'heading', text: `${project === null ? directory : `${project} (${environment})`} on this machine` })
  const rows = checks.map(({ what, state, detail }) => [what, state, detail])
  ui.emit({ kind: 'table', columns: ['what', 'state', 'detail'], rows })
  const todos = checks.filter(({ todo, state }) => todo !== undefined && state !== 'ok')
  if (todos.length > 0) ui.emit({ kind: 'heading', text: 'What to do' })
  for (const { what, todo, state } of todos) {
    ui.emit({ kind: 'text', text: `${what}: ${todo}`, dim: state === 'optional' })
  }
}

/** What each kind of check ends with, where it fails. The worst of them counts. */
const codes = { webhook: exitCodes.configuration, credential: exitCodes.credentials } as const

function refuse(directory: string, problems: readonly Problem[], checks: readonly Check[]): void {
  const missing = checks.filter(({ state }) => state === 'missing')
  if (problems.length + missing.length === 0) return
  const credentials = missing.filter(({ kind }) => kind === 'credential')
  const count = credentials.length === 1 ? 'a credential is missing' : `${credentials.length} credentials are missing`
  const others = missing.filter(({ kind }) => kind !== 'credential').map(({ what, detail }) => `${what}: ${detail}`)
  const found: ExitCode[] = missing.map(({ kind }) => codes[kind as keyof typeof codes] ?? exitCodes.failure)
  const wrong = problems.length === 0 ? [] : [new ConfigurationError(directory, problems).message]
  const lacking = [...(credentials.length > 0 ? [count] : []), ...others].join('; ')
  const code =
    wrong.length > 0
      ? exitCodes.configuration
      : (([3, 4, 1] as const).find((one) => found.includes(one)) ?? exitCodes.failure)
  throw new UserError([...wrong, ...(lacking === '' ? [] : [lacking])].join('\n'), code)
}
