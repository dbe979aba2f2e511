import { makePlan, type PlanOptions } from './plan/make-plan.ts'
import type { Plan } from './plan/schema.ts'
import { type ProjectFiles, Unreadable } from './project/files.ts'
import { type LoadOptions, loadProject } from './project/load.ts'
import { type Problem, sortProblems } from './project/problem.ts'

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

/** From a project's files to its plan, or to everything that is wrong with it, in one go. */
export function compileProject(files: ProjectFiles, options: LoadOptions & PlanOptions = {}): Compiled {
  const { project, problems } = load(files, options)
  const planned = project === undefined ? undefined : makePlan(project, options)
  const all = [...problems, ...(planned?.problems ?? [])]
  if (planned === undefined || all.length > 0) return { ok: false, problems: sortProblems(all) }
  return { ok: true, plan: planned.plan }
}
