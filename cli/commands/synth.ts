import { join } from 'node:path'
import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { ConfigurationError, exitCodes, UserError } from '../errors.ts'
import { showPlan } from '../ui/show-plan.ts'
import type { Ui } from '../ui/ui.ts'
import { whyUnwritable } from '../unwritable.ts'

export interface SynthOptions {
  readonly project: string
  readonly env?: string
  readonly out?: string
  readonly provider?: 'ecs' | 'cloud-run'
}

/**
 * Compiles a project and writes what a deploy would ask of its cloud. The time is used only for display, never in what is
 * written.
 */
export async function synth(options: SynthOptions, ui: Ui, now: Date): Promise<void> {
  const compiled = compileProject(projectFiles(options.project), {
    environment: options.env ?? (process.env.AL_ENV || undefined),
    provider: options.provider,
  })
  if (!compiled.ok) throw new ConfigurationError(options.project, compiled.problems)
  const { plan } = compiled

  for (const text of plan.warnings) ui.emit({ kind: 'warning', text })
  ui.emit({ kind: 'data', data: plan })
  showPlan(plan, ui, now)
  const out = options.out ?? join(options.project, plan.target.provider === 'gcp' ? 'pulumi.out' : 'cdk.out')
  await write(plan, options.project, out)
  ui.emit({ kind: 'note', text: `\nwrote ${out}` })
}

async function write(plan: Plan, project: string, out: string): Promise<void> {
  const [{ synthesize }, { OutputError }, { ContextError }] = await Promise.all([
    plan.target.provider === 'gcp' ? import('../../infra/gcp/synth.ts') : import('../../infra/aws/synth.ts'),
    import('../../infra/output-directory.ts'),
    import('../../infra/images/context.ts'),
  ])
  try {
    await synthesize(plan, project, out)
  } catch (error) {
    if (error instanceof OutputError) throw new UserError(error.message, exitCodes.failure)
    if (error instanceof ContextError) throw new UserError(error.message, exitCodes.configuration)
    const reason = whyUnwritable(error)
    if (reason === undefined) throw error
    throw new UserError(`cannot write ${out}: ${reason}; name another directory with -o`, exitCodes.failure)
  }
}
