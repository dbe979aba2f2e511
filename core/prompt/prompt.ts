import { formatDollars } from '../format.ts'
import type { Handout } from '../plan/decisions.ts'
import { block, dataBlock } from './block.ts'
import { credentialContext } from './credential-context.ts'
import { skills } from './skills.ts'
import { type Occasion, triggerText } from './trigger.ts'

/** The one directory of a run that is written to; see the agent's entry. */
export interface Workplace {
  readonly work: string
}

const container: Workplace = { work: '/tmp' }

/** What the claim answers, as far as the agent is told of it. */
export interface Task extends Occasion {
  readonly agent: string
  readonly config: Pick<Handout, 'params' | 'secrets' | 'limits'>
}

/** The system prompt: what every agent is, then the instructions of this one (ACTIONS.md), as they are. */
export function systemPrompt(
  { name, instructions }: Pick<Handout, 'name' | 'instructions'>,
  { work }: Workplace = container,
): string {
  const text = instructions.trim()
  return `You are "${name}", an agent that works unattended with the tools bash, read, write and edit. Nobody watches or answers: decide for yourself, ask nothing, and stop when the work is done. Write only inside ${work}, which is your home and current directory and is gone after the run. These are your instructions:

${text === '' ? `You are the agent "${name}". Do what the event or input below asks for, with care.` : text}
`
}

/**
 * The first message: configuration, credentials, commands, and at the end what began the run. All but the end is the same
 * in every run of the agent, so that a provider can cache it.
 *
 * @param seconds until the run is ended, whatever it does
 */
export function userPrompt({ config, ...occasion }: Task, seconds: number, { work }: Workplace = container): string {
  const credentials = credentialContext(config.secrets)
  const onlyTmp = work === container.work ? ' The rest of the file system is read-only.' : ''
  return [
    dataBlock('agent-config', config.params),
    ...(credentials === undefined ? [] : [credentials]),
    block(
      'environment',
      `Clone, download and write in ${work} only.${onlyTmp} Nothing is kept after the run.${limitsText(config.limits)}`,
    ),
    skills,
    `${triggerText(occasion)}\nThe run is ended after ${Math.max(0, Math.floor(seconds))} seconds, finished or not.`,
  ].join('\n\n')
}

/** What the run may use: an agent that knows can do the most important first. The same in every run. */
function limitsText({ maxTurns, maxCostPerRun }: NonNullable<Handout['limits']> = {}): string {
  const most = [
    ...(maxTurns === undefined ? [] : [`${maxTurns} of your turns`]),
    ...(maxCostPerRun === undefined ? [] : [`${formatDollars(maxCostPerRun)} of model cost`]),
  ]
  return most.length === 0 ? '' : ` The run is ended after ${most.join(' or ')}, finished or not.`
}
