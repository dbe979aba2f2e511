import { join, resolve } from 'node:path'
import type { Plan } from '../../core/plan/schema.ts'
import { loadProject } from '../../core/project/load.ts'
import { block, dataBlock } from '../../core/prompt/block.ts'
import { credentialContext } from '../../core/prompt/credential-context.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { unknownAgent } from '../commands/unknown-agent.ts'
import type { ChatContext } from './chat-context.ts'

/**
 * A conversation in which the model acts as an agent. It gets the agent's instructions for reference, and starts nothing
 * by itself.
 */
export function agentContext(plan: Plan, name: string, project: string): ChatContext {
  const agent = plan.agents.find((one) => one.name === name)
  if (agent === undefined) {
    const names = plan.agents.map((one) => one.name)
    throw unknownAgent(name, names)
  }
  const { params, secrets, instructions, model } = agent
  const credentials = credentialContext(secrets)
  return {
    title: `agent "${name}"`,
    directory: directoryOf(name, project, plan.environment),
    model,
    secrets,
    systemPrompt: () =>
      [
        `You are "${name}", an agent that usually works unattended. Now a person sits with you in a terminal, to try out what you can do and to improve your instructions. Do what the person asks, with the tools bash, read, write and edit, in the directory that holds your ACTIONS.md and agent-config.toml; everything runs as that person, for real. Your instructions stand below for reference: do not begin to follow them by yourself. Answer briefly, in Markdown. Before anything that others see or that cannot be undone, ask.`,
        'This is no run: the commands of runs (al-status, al-return, al-call, rlock and the others) are not here. Never print a credential, and send it only to the service it is for.',
        dataBlock('agent-config', params),
        ...(credentials === undefined ? [] : [credentials]),
        block('instructions', instructions.trim() || 'none yet: ACTIONS.md is empty or not there'),
      ].join('\n\n'),
  }
}

function directoryOf(name: string, project: string, environment: string): string {
  const files = projectFiles(project)
  const loaded = loadProject(files, environment === 'default' ? {} : { environment })
  const agent = loaded.project?.agents.find((one) => one.name === name)
  return resolve(join(project, agent?.directory ?? join('agents', name)))
}
