import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileProject } from '../../core/compile.ts'
import type { PlanOptions } from '../../core/plan/make-plan.ts'
import type { Plan } from '../../core/plan/schema.ts'
import type { LoadOptions } from '../../core/project/load.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { synthesize } from '../../infra/gcp/synth.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { model, type Properties, scratchDirectory } from './synth-project.ts'

/** What `[cloud]` needs, and a model. */
export const google = `${model}[cloud]\nprovider = "cloud-run"\ngcpProject = "acme-prod"\nregion = "europe-west1"\n`

export interface GoogleResource {
  readonly type: string
  readonly name: string
  readonly properties: Properties
  readonly retainOnDelete?: true
}

export interface SynthesizedGoogle {
  readonly plan: Plan
  readonly out: string
  readonly resources: readonly GoogleResource[]
}

/** Compiles and synthesizes a project in this process, for Google Cloud. */
export async function synthGoogle(
  directory: string,
  options: LoadOptions & PlanOptions = {},
  home = scratchDirectory(),
): Promise<SynthesizedGoogle> {
  const compiled = compileProject(projectFiles(directory, home), { provider: 'cloud-run', ...options })
  if (!compiled.ok) throw new Error(compiled.problems.map(formatProblem).join('\n'))
  const out = join(scratchDirectory(), 'out')
  await synthesize(compiled.plan, directory, out)
  return { plan: compiled.plan, out, resources: resourcesOf(out) }
}

export function resourcesOf(out: string): readonly GoogleResource[] {
  const read = JSON.parse(readFileSync(join(out, 'resources.json'), 'utf8')) as Record<string, GoogleResource>
  return Object.entries(read).map(([key, rest]) => {
    const border = key.indexOf('::')
    return { ...rest, type: key.slice(0, border), name: key.slice(border + 2) }
  })
}

/** The properties of the resources of a type, by the last part of its name: `Job` of `gcp:cloudrunv2/job:Job`. */
export const ofGoogleType = ({ resources }: Pick<SynthesizedGoogle, 'resources'>, type: string): Properties[] =>
  resources.flatMap((one) => (one.type === type ? [one.properties] : []))

/** Whoever holds a role, on what: every binding of a synthesized project. */
export interface Binding {
  readonly member: string
  readonly role: string
  /** The type of the binding without its module, such as `JobIamMember`. */
  readonly kind: string
  readonly properties: Properties
}

export const bindingsIn = ({ resources }: Pick<SynthesizedGoogle, 'resources'>): Binding[] =>
  resources
    .filter(({ type }) => /I[aA][mM]Member$/.test(type))
    .map(({ type, properties }) => ({
      kind: type.slice(type.lastIndexOf(':') + 1),
      member: String(properties.member),
      role: String(properties.role),
      properties,
    }))
