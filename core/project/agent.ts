import { parseRef } from '../credentials/reference.ts'
import { parseCron } from '../cron/cron.ts'
import { isTimeZone } from '../cron/fires.ts'
import { addNew, check, problemAt } from './check.ts'
import type { Found } from './discover.ts'
import type { ProjectFiles } from './files.ts'
import { checkModel, notForAgents } from './model.ts'
import { nearestWord } from './nearest.ts'
import type { KeyPath, Problem } from './problem.ts'
import { type Agent, defaultTimeout, type Trigger } from './project.ts'
import { looksSecret, quote } from './quote.ts'
import { salvage } from './salvage.ts'
import { type AgentConfig, agentSchema, preflightParams, preflightSchema } from './schema/agent.ts'
import type { Limits } from './schema/limits.ts'
import type { Model } from './schema/model.ts'
import type { WebhookProvider } from './schema/webhooks.ts'
import { readProse, scanForSecrets } from './secrets-in-files.ts'
import { type Document, readDocument } from './toml.ts'
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

/** Reads and checks one agent. Returns nothing if it has a mistake, after adding every one of them to the problems. */
export function loadAgent(
  files: ProjectFiles,
  { name, directory }: Found,
  inherited: Inherited,
  problems: Problem[],
): Agent | undefined {
  const before = problems.length
  const document = readDocument(files, `${directory}/agent-config.toml`, problems)
  const instructions = readProse(files, `${directory}/ACTIONS.md`, problems) ?? ''
  const dockerfile = readProse(files, `${directory}/Dockerfile`, problems)
  const testScript = readProse(files, `${directory}/test-script.sh`, problems)
  if (document === undefined) {
    // Its directory lists the file, and yet there is none.
    if (problems.length === before) {
      problems.push({ file: `${directory}/agent-config.toml`, message: 'is a link that leads nowhere' })
    }
    return undefined
  }

  const report = (path: KeyPath, message: string) => problems.push(problemAt(document, path, message))
  scanForSecrets(document, problems)
  const checked = check(agentSchema, document.data, document, [], problems)
  const config = checked ?? salvageAgent(document.data)

  const listed: unknown = document.data.credentials
  const credentials = (Array.isArray(listed) ? listed : []).flatMap((text: unknown, i) => {
    if (typeof text !== 'string' || text === '') return []
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
  if (cron?.ok === false) {
    // A reason repeats the field that is wrong.
    const secret = looksSecret(config.schedule ?? '')
    report(['schedule'], secret ? `expected a cron line of five fields, got ${quote(config.schedule)}` : cron.reason)
  }

  if (config.misfire !== undefined && document.data.schedule === undefined) {
    report(['misfire'], 'says what becomes of missed minutes of a `schedule`, and there is none: add one, or remove it')
  }

  const { sources } = inherited
  const triggers = (config.webhooks ?? []).flatMap((trigger, i): Trigger[] =>
    sources === undefined || trigger.source === '' ? [] : [checkTrigger(trigger, i, document, sources, problems)],
  )
  checkPreflight(document, problems)
  const model = config.model ?? inherited.model
  if (config.model !== undefined) {
    const found: Problem[] = []
    checkModel(config.model, document, found)
    addNew(problems, found)
  }
  checkPrice(config.limits ?? {}, model, report)
  const login = config.scale === 0 ? undefined : notForAgents(model ?? {})
  if (login !== undefined) report(config.model === undefined ? ['model'] : ['model', 'authType'], login)
  if (!inherited.hasModel && document.data.model === undefined) {
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
    ...(cron?.ok ? { schedule: { cron: cron.cron, timezone, misfire: config.misfire ?? 'skip' } } : {}),
    triggers,
    model,
    preflight: config.preflight ?? [],
    params: JSON.parse(JSON.stringify(config.params ?? {})) as Record<string, unknown>,
    limits: config.limits ?? {},
    scale: config.scale ?? 1,
    timeout: config.timeout ?? inherited.timeout ?? defaultTimeout,
    dockerfile,
    testScript,
    locate: document.locate,
  }
}

/** A limit in dollars on a model without a price is an error: somebody would rely on it. */
function checkPrice(limits: Limits, model: Model | undefined, report: (path: KeyPath, message: string) => void): void {
  if (model?.provider !== 'custom') return
  for (const key of ['maxCostPerRun', 'maxCostPerDay'] as const) {
    if (limits[key] === undefined) continue
    report(
      ['limits', key],
      'the price of a custom model is not known, so its cost cannot be limited: use maxTurns or maxRunsPerDay',
    )
  }
}

/** The valid keys of a file that also has invalid ones. */
function salvageAgent(data: Document['data']): AgentConfig {
  const kept: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(agentSchema.shape)) {
    const value = data[key]
    const fits = salvage(field, value)
    if (fits !== undefined) kept[key] = fits
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

function checkPreflight(document: Document, problems: Problem[]): void {
  const steps: unknown = document.data.preflight
  if (!Array.isArray(steps)) return
  steps.forEach((step: unknown, i) => {
    // Steps are judged one by one, so that a mistake in one does not hide the next.
    const { success, data } = preflightSchema.pick({ provider: true, params: true }).loose().safeParse(step)
    if (success) check(preflightParams[data.provider], data.params, document, ['preflight', i, 'params'], problems)
  })
}
