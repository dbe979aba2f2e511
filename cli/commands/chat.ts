import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Usage } from '../../core/scheduler/run.ts'
import { agentContext } from '../chat/agent-context.ts'
import type { ChatContext } from '../chat/chat-context.ts'
import { converseOnScreen } from '../chat/converse-on-screen.ts'
import { projectContext } from '../chat/project-context.ts'
import { localSecrets, readSecrets, type SecretSource } from '../chat/secret-source.ts'
import { loadTui } from '../chat/tui-package.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { HostOptions } from '../gateway/project-host.ts'
import { typedFor } from '../gateway/typed-command.ts'
import type { Ui } from '../ui/ui.ts'
import { readProject } from './read-project.ts'

/**
 * A conversation in this terminal, about the project or in the place of an agent, until the person leaves. Throws a
 * `UserError`: no terminal or -c without an agent (`usage`), no model or a project with problems (`configuration`), missing
 * credentials (`credentials`), the terminal UI is not installed.
 */
export async function chat(agent: string | undefined, options: HostOptions, ui: Ui): Promise<void> {
  refuse(agent, options)
  const tui = await loadTui()
  const { context, secrets } = await contextOf(agent, options)
  const credentials = await readSecrets(context.secrets, secrets)
  const temporary = mkdtempSync(join(tmpdir(), 'al-chat-'))
  // The key of git_ssh lies in it while the conversation goes on, and must not outlive it however that ends.
  const remove = () => rmSync(temporary, { recursive: true, force: true })
  process.on('exit', remove)
  try {
    const { usage, priced } = await converseOnScreen({ tui, context, credentials, temporary })
    ui.emit({ kind: 'text', text: summary(usage, priced), dim: true })
  } finally {
    remove()
    process.off('exit', remove)
  }
}

function refuse(agent: string | undefined, { cloud }: HostOptions): void {
  if (cloud === true && agent === undefined) {
    throw new UserError(
      '-c is about the credentials of an agent: name one, as in `al chat dev -c`, or leave it out',
      exitCodes.usage,
    )
  }
  if (process.stdin.isTTY === true && process.stdout.isTTY === true) return
  const instead = agent ?? '<agent>'
  throw new UserError(
    `al chat is a conversation and needs a terminal; without one, \`al run ${instead} --input '"…"'\` gives an agent something to do`,
    exitCodes.usage,
  )
}

async function contextOf(
  agent: string | undefined,
  options: HostOptions,
): Promise<{ readonly context: ChatContext; readonly secrets: SecretSource }> {
  if (agent === undefined) {
    const context = projectContext(options.project, options.env ?? (process.env.AL_ENV || undefined))
    return { context, secrets: localSecrets() }
  }
  if (options.cloud !== true) {
    return { context: agentContext(readProject(options), agent, options.project), secrets: localSecrets() }
  }
  const [{ cloudPlan }, { openCloud }] = await Promise.all([
    import('../deploy/cloud-plan.ts'),
    import('../deploy/open-cloud.ts'),
  ])
  const plan = cloudPlan(options)
  const context = agentContext(plan, agent, options.project)
  const { secrets: store } = await openCloud(plan)
  const typed = typedFor(options)
  return { context, secrets: { read: ({ id }) => store.read(id), howToAdd: () => typed('doctor') } }
}

function summary({ turnCount, totalTokens, cost }: Usage, priced: boolean): string {
  const turns = `${turnCount} ${turnCount === 1 ? 'turn' : 'turns'}`
  const money = priced ? `$${cost.toFixed(4)}` : 'price not known'
  return `chat ended: ${turns}, ${totalTokens.toLocaleString('en-US')} tokens, ${money}`
}
