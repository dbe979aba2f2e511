import { readFileSync } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import type { Plan } from '../../core/plan/schema.ts'
import { nearest } from '../../core/project/nearest.ts'
import type { WebhookProvider } from '../../core/project/schema/webhooks.ts'
import { parseBody } from '../../core/webhooks/body.ts'
import { match } from '../../core/webhooks/match.ts'
import type { WebhookContext } from '../../core/webhooks/provider.ts'
import { providers } from '../../core/webhooks/providers.ts'
import { exitCodes, UserError } from '../errors.ts'
import type { HostOptions } from '../gateway/project-host.ts'
import { plainText } from '../ui/plain-text.ts'
import type { Ui } from '../ui/ui.ts'
import { readProject } from './read-project.ts'

export interface WebhookTestOptions extends HostOptions {
  /** With the payload; `-` is standard input. */
  readonly file: string
  /** Goes into the header that names the event, for providers that have one. */
  readonly event?: string
  /** `name=value` or `name: value`. */
  readonly header: readonly string[]
}

interface TriggerResult {
  readonly agent: string
  /** Position among the agent's triggers, from 0. */
  readonly trigger: number
  readonly source: string
  readonly matched: boolean
  readonly why: string
}

/** The header in which a provider names the event; the others name it in the body. */
const eventHeaders: Readonly<Partial<Record<WebhookProvider, string>>> = {
  github: 'x-github-event',
  sentry: 'sentry-hook-resource',
}

/**
 * What a delivery would do, without a host and without any effect: what an agent would be told, and of every trigger
 * whether it matches, and why. The signature is not looked at.
 */
export async function webhookTest(name: string, options: WebhookTestOptions, ui: Ui, now: Date): Promise<void> {
  const plan = readProject(options)
  const { provider, sources } = sourcesOf(name, plan)
  const headers = headersOf(options, provider)
  const parsed = parseBody(await payloadOf(options.file), headers.get('content-type'))
  if (!parsed.ok) throw new UserError(`${options.file}: ${parsed.reason}`, exitCodes.failure)
  const context = providers[provider].parse(parsed.payload, (header) => headers.get(header), now)
  const delivery = { provider, sources, signature: 'not checked' }
  if ('ignored' in context) {
    ui.emit({ kind: 'data', data: { ...delivery, ignored: context.ignored, triggers: [], starts: [] } })
    ui.emit({ kind: 'text', text: `the delivery would be ignored: ${plainText(context.ignored)}` })
    const header = eventHeaders[provider]
    if (header !== undefined && !headers.has(header)) {
      ui.emit({ kind: 'note', text: 'name the event, as in --event issues: it is no part of the payload' })
    }
    return
  }
  const triggers = resultsOf(plan, sources, context, provider)
  const starts = [...new Set(triggers.flatMap((one) => (one.matched ? [one.agent] : [])))]
  ui.emit({ kind: 'data', data: { ...delivery, context, triggers, starts } })
  show(context, triggers, plan, ui)
  ui.emit({ kind: 'text', text: `\nit would start ${starts.length === 0 ? 'no agent' : starts.join(', ')}` })
  ui.emit({ kind: 'note', text: 'nothing was sent or started; the signature was not checked' })
}

function show(context: WebhookContext, triggers: readonly TriggerResult[], plan: Plan, ui: Ui): void {
  ui.emit({ kind: 'heading', text: 'What an agent would be told' })
  for (const [key, value] of Object.entries(context)) {
    ui.emit({ kind: 'text', text: `${key.padEnd(12)}${plainText([value].flat().join(', '), 200)}` })
  }
  ui.emit({ kind: 'heading', text: 'Triggers' })
  for (const { agent, trigger, source, matched, why } of triggers) {
    const several = triggers.filter((one) => one.agent === agent).length > 1
    const place = `${agent}${several ? ` [${trigger + 1}]` : ''}, ${source}`
    ui.emit({ kind: 'text', text: `${matched ? '✓' : '✗'} ${place}: ${plainText(why, 400)}` })
  }
  // What is switched off listens to nothing: the plan leaves its triggers out.
  const off = plan.agents.filter(({ scale }) => scale === 0)
  const deaf = plan.agents.filter((agent) => agent.triggers.length === 0 && !off.includes(agent))
  for (const [label, agents] of [
    ['without any webhook', deaf],
    ['switched off, scale = 0', off],
  ] as const) {
    const names = agents.map(({ name }) => name).join(', ')
    if (names !== '') ui.emit({ kind: 'text', dim: true, text: `${label}: ${names}` })
  }
}

function resultsOf(
  plan: Plan,
  sources: readonly string[],
  context: WebhookContext,
  provider: WebhookProvider,
): TriggerResult[] {
  return plan.agents.flatMap(({ name: agent, triggers }) =>
    triggers.map(({ source, filters }, trigger) => {
      if (!sources.includes(source)) {
        return { agent, trigger, source, matched: false, why: 'it listens to another source' }
      }
      const result = match(filters, context, provider)
      const given = Object.entries(filters).filter(([, value]) => value !== undefined && [value].flat().length > 0)
      const passed = given.map(([key, value]) => `${key} = ${[value].flat().join(' or ')}`).join('; ')
      const why = result.matched ? passed || 'it has no filters: every event matches' : result.why
      return { agent, trigger, source, matched: result.matched, why }
    }),
  )
}

/** A source by its name; all sources of a provider by that. */
function sourcesOf(name: string, { webhooks }: Plan): { provider: WebhookProvider; sources: string[] } {
  const named = webhooks.find(({ source }) => source === name)
  if (named !== undefined) return { provider: named.provider, sources: [named.source] }
  const ofProvider = webhooks.filter(({ provider }) => provider === name)
  const [first] = ofProvider
  if (first !== undefined) return { provider: first.provider, sources: ofProvider.map(({ source }) => source) }
  const names = webhooks.map(({ source, provider }) => `${source} (${provider})`).join(', ')
  const there =
    webhooks.length === 0
      ? 'the project has none: a source is a table [webhooks.<name>] in config.toml'
      : `there is ${names}`
  const known = webhooks.flatMap(({ source, provider }) => [source, provider])
  throw new UserError(
    `there is no webhook source ${JSON.stringify(name.slice(0, 100))}${nearest(name, known)}: ${there}`,
    exitCodes.configuration,
  )
}

function headersOf({ event, header }: WebhookTestOptions, provider: WebhookProvider): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const given of header) {
    const [, name, value] = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(given) ?? []
    if (name === undefined || value === undefined) {
      throw new UserError('--header takes name=value, as in --header X-GitHub-Event=issues', exitCodes.usage)
    }
    headers.set(name.toLowerCase(), value)
  }
  const eventHeader = eventHeaders[provider]
  if (event !== undefined && eventHeader === undefined) {
    throw new UserError(
      `${provider} names the event in the payload: leave --event out, and change the payload`,
      exitCodes.usage,
    )
  }
  if (event !== undefined && eventHeader !== undefined) headers.set(eventHeader, event)
  return headers
}

async function payloadOf(file: string): Promise<Uint8Array> {
  if (file === '-') return Buffer.from(await readAll(process.stdin))
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : (code ?? String(error))
    throw new UserError(`the payload cannot be read from ${file}: ${reason}`, exitCodes.failure)
  }
}
