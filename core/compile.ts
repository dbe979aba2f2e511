import { makePlan, type PlanOptions } from './plan/make-plan.ts'
import type { Plan } from './plan/schema.ts'
import { type ProjectFiles, Unreadable } from './project/files.ts'
import { type LoadOptions, loadProject } from './project/load.ts'
import { type Problem, sortProblems } from './project/problem.ts'
import type { Project } from './project/project.ts'

export type Compiled =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly Problem[] }

function load(files: ProjectFiles, options: LoadOptions): ReturnType<typeof loadProject> {
  try {
    return loadProject(files, options)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { project: undefined, problems: [{ file: error.path || '.', message: error.message }] }
  }
}

/** What a project says, as far as it could be understood, and everything that is wrong with it. */
export function examineProject(
  files: ProjectFiles,
  options: LoadOptions & PlanOptions = {},
): { readonly project: Project | undefined; readonly plan: Plan | undefined; readonly problems: readonly Problem[] } {
  const { project, problems } = load(files, options)
  const planned = project === undefined ? undefined : makePlan(project, options)
  return { project, plan: planned?.plan, problems: sortProblems([...problems, ...(planned?.problems ?? [])]) }
}

/** Compiles a project's files to its plan, or reports everything that is wrong with them at once. */
export function compileProject(files: ProjectFiles, options: LoadOptions & PlanOptions = {}): Compiled {
  const { plan, problems } = examineProject(files, options)
  return plan === undefined || problems.length > 0 ? { ok: false, problems } : { ok: true, plan }
}
