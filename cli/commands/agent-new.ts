import { shellWord } from '../../core/shell-word.ts'
import { exitCodes, UserError } from '../errors.ts'
import { addAgent, agentNameProblem } from '../new/add-agent.ts'
import { askRepository } from '../new/ask-repository.ts'
import { chooseTemplate } from '../new/choose-template.ts'
import { requireProject } from '../new/require-project.ts'
import { needsRepository, type TemplateName, templates } from '../new/templates.ts'
import { type TriggerFlags, triggerEdits } from '../new/trigger-edits.ts'
import { type Ask, type AskOptions, asker } from '../ui/ask.ts'
import type { Ui } from '../ui/ui.ts'

export interface AgentNewOptions extends AskOptions, TriggerFlags {
  readonly project: string
  readonly template?: TemplateName
  readonly repo?: string
}

/** Makes an agent from a template. At the end it says what the agent still needs. */
export async function agentNew(
  given: string | undefined,
  options: AgentNewOptions,
  ui: Ui,
  ask: Ask = asker(options),
): Promise<void> {
  const { project } = options
  requireProject(project)
  const template = await chooseTemplate(options, ask, 'What should it be made from?')
  const check = (name: string) => agentNameProblem(project, name)
  const name =
    given ??
    (await ask.text({
      text: 'Its name',
      flag: 'its name: `al agent new <name>`',
      initial: templates[template].agent,
      check,
    }))
  const problem = check(name)
  if (problem !== undefined) throw new UserError(problem, exitCodes.usage)
  const repo = needsRepository(template) ? await askRepository(options, project, ask) : undefined
  const { agent, config } = triggerEdits(options)
  const replaces =
    agent.some(({ do: does }) => does === 'append') && options.schedule === undefined && template === 'empty'
  // An agent that is to start on webhooks alone keeps no example of a schedule.
  const edits = replaces ? [{ do: 'remove', path: ['schedule'] } as const, ...agent] : agent
  const files = addAgent(project, { name, template, repo, edits, projectEdits: config })
  ui.emit({ kind: 'data', data: { agent: name, template, files } })
  ui.emit({ kind: 'text', text: `made agents/${name}; its instructions are agents/${name}/ACTIONS.md` })
  if (files.includes('config.toml'))
    ui.emit({ kind: 'note', text: 'config.toml got the webhook sources it listens to' })
  const at = project === '.' ? '' : ` -p ${shellWord(project)}`
  ui.emit({ kind: 'text', text: `\nNext: al doctor${at}` })
}
