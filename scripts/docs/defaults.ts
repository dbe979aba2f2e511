import { makePlan } from '../../core/plan/make-plan.ts'
import { loadProject } from '../../core/project/load.ts'
import { agentToml, modelToml, projectInMemory } from '../../core/project/testing/project-in-memory.ts'

/** The defaults, as a project gets them that says nothing. */
export function defaults() {
  const files = { 'config.toml': modelToml, 'agents/one/agent-config.toml': agentToml }
  const { project } = loadProject(projectInMemory(files))
  const agent = project?.agents[0]
  if (project === undefined || agent === undefined) throw new Error('the smallest project does not load')
  const { plan } = makePlan(project, { provider: 'ecs' })
  const local = makePlan(project, { provider: 'local' }).plan.agents[0]
  const lambda = plan.agents[0]
  return { project, agent, target: plan.target, local, lambda }
}
