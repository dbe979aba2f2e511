import { formatDollars, formatTokens } from '../../core/format.ts'
import type { Usage } from '../../core/scheduler/run.ts'
import type { Log } from '../../core/scheduler/world.ts'
import { agentEnvironment } from '../../docker/agent/credentials/agent-environment.ts'
import type { Credential } from '../../docker/agent/credentials/credential.ts'
import { modelKey, withHeaders } from '../../docker/agent/model-access.ts'
import { redactor } from '../../docker/agent/redact.ts'
import { nothingUsed } from '../../docker/agent/session/usage.ts'
import type { ChatContext } from './chat-context.ts'
import { openScreen, type Screen } from './screen.ts'
import { openTalk } from './talk.ts'
import { teller } from './teller.ts'
import type { Tui } from './tui-package.ts'

export interface OnScreen {
  readonly tui: Tui
  readonly context: ChatContext
  readonly credentials: readonly Credential[]
  /** A directory that nobody else can read, and that is removed afterwards. */
  readonly temporary: string
}

/** Talks until the person leaves. Returns what it has used. */
export async function converseOnScreen({
  tui,
  context,
  credentials,
  temporary,
}: OnScreen): Promise<{ readonly usage: Usage; readonly priced: boolean }> {
  const redact = redactor()
  redact.hide(...credentials.map(({ value }) => value))
  const model = withHeaders(context.model, credentials)
  redact.hide(...Object.values(model.headers ?? {}))
  const quiet: Log = () => {}
  const added = await agentEnvironment({ credentials, places: { work: temporary }, log: quiet })

  let usage = nothingUsed
  let turn: AbortController | undefined
  const leaving = Promise.withResolvers<void>()
  const leave = () => {
    turn?.abort()
    leaving.resolve()
  }
  const endings = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const
  for (const signal of endings) process.on(signal, leave)

  const screen: Screen = openScreen(tui, {
    redact: redact.text,
    onStop: () => turn?.abort(),
    onLeave: leave,
    onPrompt: (text) => void ask(text),
  })
  const tells = teller(screen)
  const talk = await openTalk({
    model,
    apiKey: modelKey(context.model, credentials),
    systemPrompt: context.systemPrompt(),
    directory: context.directory,
    temporary,
    environment: { ...ownEnvironment(), ...added },
    secrets: credentials.map(({ value }) => value),
    tell: tells.event,
    log: tells.log,
    onUsage: (total) => {
      usage = total
      showStatus()
    },
  }).catch(async (error: unknown) => {
    await screen.close()
    throw error
  })

  function showStatus(): void {
    const cost = talk.priced ? formatDollars(usage.cost) : 'price not known'
    const used = `${formatTokens(usage.totalTokens)} tokens, ${cost}`
    screen.status(
      `${model.provider}/${model.model} · ${used} · Enter sends, Ctrl-J: new line, Ctrl-C ${turn === undefined ? 'leaves' : 'stops'}`,
    )
  }

  async function ask(text: string): Promise<void> {
    const current = new AbortController()
    turn = current
    screen.person(text)
    screen.working('thinking')
    showStatus()
    const end = await talk.say(text, current.signal)
    turn = undefined
    screen.working(undefined)
    if (end.kind === 'aborted') screen.note('stopped', 'warning')
    if (end.kind === 'failed') screen.note(end.why, 'error')
    showStatus()
  }

  screen.note(`Talking about ${context.title}. Tools run as you, without isolation.`)
  if (talk.warning !== undefined) screen.note(talk.warning, 'warning')
  if (context.opening !== undefined) screen.model(context.opening)
  showStatus()
  await leaving.promise
  talk.close()
  await screen.close()
  for (const signal of endings) process.off(signal, leave)
  return { usage, priced: talk.priced }
}

/** Tools are those of the person's own shell. What al is told of credentials is for al. */
function ownEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('AL_SECRET_'))
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']))
}
