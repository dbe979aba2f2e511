import { compileProject } from '../../core/compile.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { ContextError } from '../images/context.ts'
import { projectFiles } from '../project-files.ts'
import { buildApp } from './build-app.ts'

/**
 * The CDK app, for those who would rather use the CDK's own commands: `cdk synth -c project=DIR [-c environment=ENV]`.
 * The CDK passes the context and the place to write to through the environment.
 */
const context = JSON.parse(process.env.CDK_CONTEXT_JSON ?? '{}') as Record<string, unknown>
const text = (key: string) => (typeof context[key] === 'string' ? context[key] : undefined)
const project = text('project') ?? '.'

const compiled = compileProject(projectFiles(project), {
  environment: text('environment') ?? process.env.AL_ENV,
  provider: 'ecs',
})
if (compiled.ok) {
  for (const warning of compiled.plan.warnings) console.error(`warning: ${warning}`)
  try {
    const app = await buildApp(compiled.plan, project)
    app.synth()
  } catch (error) {
    if (!(error instanceof ContextError)) throw error
    console.error(error.message)
    process.exitCode = 3
  }
} else {
  for (const problem of compiled.problems) console.error(formatProblem(problem))
  process.exitCode = 3
}
