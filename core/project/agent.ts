import { parseRef } from '../credentials/reference.ts'
import { parseCron } from '../cron/cron.ts'
import { isTimeZone } from '../cron/fires.ts'
import { check, problemAt } from './check.ts'
import type { Found } from './discover.ts'
import type { ProjectFiles } from './files.ts'
import { checkModel } from './model.ts'
import { nearestWord } from './nearest.ts'
import type { KeyPath, Problem } from './problem.ts'
import { type Agent, defaultTimeout, type Trigger } from './project.ts'
import { quote } from './quote.ts'
import { type AgentConfig, agentSchema, preflightParams } from './schema/agent.ts'
import type { Model } from './schema/model.ts'
import type { WebhookProvider } from './schema/webhooks.ts'
import { secretIn } from './secrets.ts'
import { scanForSecrets } from './secrets-in-files.ts'
import { type Document, readDocument, readText } from './toml.ts'
import { checkTrigger } from './webhooks.ts'

/** What agents inherit from the project. */
export interface Inherited {
  readonly timezone: string
  readonly timeout?: number
  readonly model?: Model
  /** Whether `[model]` is there at all, right or wrong. */
  readonly hasModel: boolean
  /** Source name → provider; nothing for a source whose type is wrong. All of it is absent if config.toml is unreadable. */
  readonly sources?: ReadonlyMap<string, WebhookProvider | undefined>
}

/** Reads and checks one agent. Answers nothing if it has a mistake, after adding every one of them to the problems. */
export function loadAgent(
  files: ProjectFiles,
  { name, directory }: Found,
  inherited: Inherited,
  problems: Problem[],
): Agent | undefined {
  const before = problems.length
  const document = readDocument(files, `${directory}/agent-config.toml`, problems)
  const instructions = readInstructions(files, directory, problems)
  const dockerfile = readText(files, `${directory}/Dockerfile`, problems)
  const testScript = readText(files, `${directory}/test-script.sh`, problems)
  if (document === undefined) return undefined

  const report = (path: KeyPath, message: string) => problems.push(problemAt(document, path, message))
  scanForSecrets(document, problems)
  const checked = check(agentSchema, document.data, document, [], problems)
  const config = checked ?? salvage(document.data)

  const credentials = (config.credentials ?? []).flatMap((text, i) => {
    const parsed = parseRef(text)
    if (parsed.ok) return [parsed.ref]
    report(['credentials', i], parsed.reason)
    return []
  })
  const timezone = config.timezone ?? inherited.timezone
  if (config.timezone !== undefined && !isTimeZone(config.timezone)) {
    report(['timezone'], `expected an IANA time zone such as "Europe/Berlin", got ${quote(config.timezone)}`)
  }
  const cron = config.schedule === undefined ? undefined : parseCron(config.schedule)
  if (cron?.ok === false) report(['schedule'], cron.reason)

  const { sources } = inherited
  const triggers = (config.webhooks ?? []).flatMap((trigger, i): Trigger[] =>
    sources === undefined || trigger.source === '' ? [] : [checkTrigger(trigger, i, document, sources, problems)],
  )
  checkPreflight(config, document, problems)
  const model = config.model ?? inherited.model
  if (config.model !== undefined) checkModel(config.model, document, problems)
  else if (!inherited.hasModel && document.data.model === undefined) {
    report(['model'], 'missing: neither this file nor config.toml has a [model]')
  }
  if (config.scale !== 0 && !hasTrigger(document)) {
    problems.push({
      file: document.file,
      message: 'nothing starts this agent: add a `schedule` or [[webhooks]], or set `scale = 0` to park it',
    })
  }

  if (problems.length > before || model === undefined || sources === undefined) return undefined
  return {
    name,
    directory,
    instructions,
    credentials,
    ...(cron?.ok ? { schedule: { cron: cron.cron, timezone } } : {}),
    triggers,
    model,
    preflight: config.preflight ?? [],
    params: JSON.parse(JSON.stringify(config.params ?? {})) as Record<string, unknown>,
    scale: config.scale ?? 1,
    timeout: config.timeout ?? inherited.timeout ?? defaultTimeout,
    dockerfile,
    testScript,
    locate: document.locate,
  }
}

/** The keys that fit, of a file in which others do not. */
function salvage(data: Document['data']): AgentConfig {
  const kept: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(agentSchema.shape)) {
    const value = data[key]
    const result = field.safeParse(value)
    if (result.success) kept[key] = result.data
    else if (key === 'webhooks' && Array.isArray(value)) {
      // Wrong triggers still have a source that can be judged; holes keep the numbering of the right ones.
      kept[key] = value.map((item) => (typeof item?.source === 'string' ? onlyKnownFilters(item) : { source: '' }))
    }
  }
  return kept as AgentConfig
}

function onlyKnownFilters(item: Record<string, unknown>): Record<string, unknown> {
  const shape = agentSchema.shape.webhooks.unwrap().element.shape
  return Object.fromEntries(Object.entries(item).filter(([key]) => Object.hasOwn(shape, key)))
}

/** Whether the author meant the agent to have a trigger: a misspelt key has been reported already. */
function hasTrigger({ data }: Document): boolean {
  if (Array.isArray(data.webhooks) ? data.webhooks.length > 0 : data.webhooks !== undefined) return true
  return Object.keys(data).some(
    (key) =>
      key === 'schedule' || (!Object.hasOwn(agentSchema.shape, key) && nearestWord(key, ['schedule', 'webhooks'])),
  )
}

function checkPreflight(config: AgentConfig, document: Document, problems: Problem[]): void {
  config.preflight?.forEach((step, i) => {
    check(preflightParams[step.provider], step.params, document, ['preflight', i, 'params'], problems)
  })
}

function readInstructions(files: ProjectFiles, directory: string, problems: Problem[]): string {
  const file = `${directory}/ACTIONS.md`
  const text = readText(files, file, problems) ?? ''
  const what = secretIn(text)
  if (what !== undefined) {
    const line = text.split('\n').findIndex((one) => secretIn(one) !== undefined) + 1
    problems.push({
      file,
      ...(line > 0 ? { line } : {}),
      message: `holds ${what}; store it as a credential, which the agent finds in its environment`,
    })
  }
  return text
}
