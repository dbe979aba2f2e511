import { compileProject } from '../../core/compile.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { credentialStore } from '../../functions/local/credential-store.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { ConfigurationError, exitCodes, UserError } from '../errors.ts'
import type { Ui } from '../ui/ui.ts'
import { type Check, localChecks } from './local-checks.ts'

export interface LocalDoctorOptions {
  readonly project: string
  readonly env?: string
}

/**
 * Says what is missing on this machine. Throws at the end: `configuration` with everything that is wrong with the project,
 * here or in its cloud; `credentials` when some are missing; `failure` when Docker is.
 */
export async function doctorLocal(
  options: LocalDoctorOptions,
  ui: Ui,
  check: typeof localChecks = localChecks,
): Promise<void> {
  const plan = compiled(options)
  const checks = await check(plan, credentialStore())
  const missing = checks.filter(({ state }) => state === 'missing')
  const { project, environment } = plan
  ui.emit({ kind: 'data', data: { project, environment, ok: missing.length === 0, checks } })
  ui.emit({ kind: 'heading', text: `${project} (${environment}) on this machine` })
  ui.emit({
    kind: 'table',
    columns: ['what', 'state', 'detail'],
    rows: checks.map(({ what, state, detail }) => [what, state, detail]),
  })
  const todos = checks.filter(({ todo }) => todo !== undefined)
  if (todos.length > 0) ui.emit({ kind: 'heading', text: 'What to do' })
  for (const { what, todo, state } of todos) {
    ui.emit({ kind: 'text', text: `${what}: ${todo}`, dim: state === 'optional' })
  }
  refuse(missing)
}

function refuse(missing: readonly Check[]): void {
  const [first] = missing
  if (first === undefined) return
  const credentials = missing.filter(({ kind }) => kind === 'credential')
  const count = credentials.length === 1 ? 'a credential is missing' : `${credentials.length} credentials are missing`
  const others = missing.filter(({ kind }) => kind !== 'credential').map(({ what, detail }) => `${what}: ${detail}`)
  throw credentials.length === 0
    ? new UserError(others.join('\n'), exitCodes.failure)
    : new UserError([count, ...others].join('; '), exitCodes.credentials)
}

/** Planned for this machine and for its cloud: what one of them cannot do is a problem, too. Each problem is told once. */
function compiled({ project, env }: LocalDoctorOptions) {
  const files = projectFiles(project)
  const environment = env ?? (process.env.AL_ENV || undefined)
  const local = compileProject(files, { provider: 'local', environment })
  const cloud = compileProject(files, { environment })
  const problems = [local, cloud].flatMap((one) => (one.ok ? [] : one.problems))
  const once = new Map(problems.map((problem) => [formatProblem(problem), problem]))
  if (!local.ok || once.size > 0) throw new ConfigurationError(project, [...once.values()])
  return local.plan
}
