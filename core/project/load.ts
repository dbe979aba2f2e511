import { isTimeZone } from '../cron/fires.ts'
import { shellWord } from '../shell-word.ts'
import { type Inherited, loadAgent } from './agent.ts'
import { addNew, check, problemAt } from './check.ts'
import { checkCloud } from './cloud.ts'
import { discoverAgents } from './discover.ts'
import type { ProjectFiles } from './files.ts'
import { type MergedConfig, readLayers } from './layers.ts'
import { checkHeaders, checkModel } from './model.ts'
import { agentInstead, noProject } from './no-project.ts'
import type { Problem } from './problem.ts'
import type { Agent, Project, Telemetry } from './project.ts'
import { quote } from './quote.ts'
import { isTable } from './salvage.ts'
import type { Config } from './schema/config.ts'
import { namePattern, nameRule } from './schema/fields.ts'
import { type Model, modelSchema } from './schema/model.ts'
import type { WebhookProvider } from './schema/webhooks.ts'
import { readProse } from './secrets-in-files.ts'
import { checkSources } from './webhooks.ts'

export interface LoadOptions {
  /** What the user selected (`-E`, else AL_ENV). */
  readonly environment?: string
}

/**
 * Reads a project and finds everything that is wrong with it at once. Even with problems it returns the project as far as
 * it could be understood, so that what a target cannot do with the rest can be reported at the same time.
 */
export function loadProject(
  files: ProjectFiles,
  options: LoadOptions = {},
): { project: Project | undefined; problems: Problem[] } {
  const problems: Problem[] = []
  const root = files.list('')
  if (root === undefined) {
    problems.push({ file: '.', message: 'there is no such directory; name one with -p' })
    return { project: undefined, problems }
  }
  const mistaken = root.find(({ name }) => name === 'agent-config.toml' || name === 'ACTIONS.md')
  if (mistaken !== undefined) {
    problems.push({ file: mistaken.name, message: agentInstead(files) })
    return { project: undefined, problems }
  }

  const looksLikeProject = root.some(({ name }) => name === 'config.toml' || name === 'agents')
  const ofAgents: Problem[] = []
  const found = discoverAgents(files, ofAgents)
  if (!looksLikeProject && found.length === 0 && ofAgents.length === 0) {
    // Where there is no project, nothing else is wrong: no environment that it lacks, for one.
    problems.push({ file: 'config.toml', message: noProject(files) })
    return { project: undefined, problems }
  }
  const merged = readLayers(files, options.environment, problems)
  problems.push(...ofAgents)
  if (found.length === 0 && problems.length === 0) {
    problems.push({
      file: 'agents',
      message: 'no agents: an agent is a directory agents/<name>/ with an agent-config.toml',
    })
  }
  const settled = merged === undefined ? undefined : settle(files, merged, problems)
  const inherited: Inherited = settled?.inherited ?? { timezone: 'UTC', hasModel: true }
  const agents = found.flatMap((one) => loadAgent(files, one, inherited, problems) ?? [])
  if (!looksLikeProject && found.length > 0 && problems.length > 0) {
    // As seen from inside `agents`, where each agent looks like one of the older layout.
    const above = files.projectAbove?.()
    const where = above === undefined ? '(the directory that holds config.toml)' : shellWord(above)
    problems.push({
      file: 'config.toml',
      message: `there is none here; if this is not the project, name it with -p ${where}`,
    })
  }
  return { project: settled?.project && assemble(settled.project, settled.warnings, agents), problems }
}

interface Settled {
  /** Absent when not even the project's target is known. */
  readonly project: Omit<Project, 'agents' | 'warnings'> | undefined
  readonly inherited: Inherited
  readonly warnings: string[]
}

/** Checks what the merged layers must hold together and fills in the defaults. */
function settle(files: ProjectFiles, merged: MergedConfig, problems: Problem[]): Settled {
  const { config } = merged
  const warnings: string[] = []
  const document = (key: string) => merged.documentOf([key])

  const before = problems.length
  const cloud = checkCloud(merged, problems)
  const cloudIsWrong = problems.length > before

  const timezone = config.timezone ?? 'UTC'
  if (!isTimeZone(timezone)) {
    const message = `expected an IANA time zone such as "Europe/Berlin", got ${quote(timezone)}`
    problems.push(problemAt(document('timezone'), ['timezone'], message))
  }
  const model = settleModel(merged, problems)
  const sources = checkSources(merged, problems)
  const telemetry = telemetryOf(config)
  checkHeaders(telemetry.headers, ['telemetry', 'headers'], document('telemetry'), problems)
  if (telemetry.enabled && telemetry.provider !== 'none' && telemetry.endpoint === undefined) {
    warnings.push('telemetry is enabled without an `endpoint`: nothing is exported')
  }

  const name = config.projectName ?? nameOf(files.directoryName)
  if (name === undefined) {
    problems.push({
      file: 'config.toml',
      key: 'projectName',
      message: `missing: the directory's name ${quote(files.directoryName)} gives no project name (${nameRule})`,
    })
  }
  for (const [old, current] of renamed) {
    if (config[old] === undefined) continue
    warnings.push(`\`${old}\` is the old name of \`${current}\`${config[current] === undefined ? '' : ', which wins'}`)
  }
  const dockerfile = readProse(files, 'Dockerfile', problems)
  const inherited: Inherited = {
    timezone: isTimeZone(timezone) ? timezone : 'UTC',
    timeout: config.local?.timeout,
    model,
    hasModel: config.model !== undefined || document('model').data.model !== undefined,
    sources: sourceTypes(merged),
  }
  if (cloudIsWrong || name === undefined) return { project: undefined, inherited, warnings }
  const project = {
    name,
    environment: merged.environment,
    timezone,
    ...limitsOf(config),
    webhooks: sources,
    telemetry,
    cloud,
    dockerfile: dockerfile !== undefined && saysMoreThanFrom(dockerfile) ? dockerfile : undefined,
    locate: merged.locate,
  }
  return { project, inherited, warnings }
}

/** The settings that have a default, with it. */
function limitsOf(config: Config) {
  const { local, gateway } = config
  return {
    maxReruns: config.maxReruns ?? 10,
    maxCallDepth: config.maxCallDepth ?? config.maxTriggerDepth ?? 3,
    workQueueSize: config.workQueueSize ?? config.webhookQueueSize ?? 100,
    scale: config.scale,
    limits: config.limits ?? {},
    local: { image: local?.image, cpus: local?.cpus, memoryMiB: local?.memory, runtime: local?.runtime ?? 'docker' },
    gateway: { port: gateway?.port ?? 8080, lockTimeout: gateway?.lockTimeout ?? 1800, url: gateway?.url },
  }
}

function telemetryOf({ telemetry }: Config): Telemetry {
  return {
    enabled: telemetry?.enabled ?? false,
    provider: telemetry?.provider ?? (telemetry?.enabled ? 'otel' : 'none'),
    serviceName: telemetry?.serviceName ?? 'action-llama',
    headers: telemetry?.headers ?? {},
    endpoint: telemetry?.endpoint,
    samplingRate: telemetry?.samplingRate,
  }
}

/** The type of every source by its name; of one whose type is wrong, that there is such a source. */
function sourceTypes({ config, documentOf }: MergedConfig): ReadonlyMap<string, WebhookProvider | undefined> {
  const tables = documentOf(['webhooks']).data.webhooks
  const written = isTable(tables) ? Object.keys(tables) : []
  return new Map([
    ...written.map((source) => [source, undefined] as const),
    ...Object.entries(config.webhooks ?? {}).map(([source, { type }]) => [source, type] as const),
  ])
}

function assemble(
  project: Omit<Project, 'agents' | 'warnings'>,
  warnings: readonly string[],
  agents: readonly Agent[],
): Project {
  const used = new Set(agents.flatMap((agent) => agent.triggers.map(({ source }) => source)))
  const idle = project.webhooks.filter(({ name }) => !used.has(name)).map(({ name }) => name)
  const unused = idle.map((name) => `webhook source "${name}" has no agent that listens to it`)
  return { ...project, agents, warnings: [...warnings, ...unused] }
}

const renamed = [
  ['maxTriggerDepth', 'maxCallDepth'],
  ['webhookQueueSize', 'workQueueSize'],
] as const

/** The project's `[model]`, when it is complete; agents without one of their own use it whole. */
function settleModel(merged: MergedConfig, problems: Problem[]): Model | undefined {
  if (merged.config.model === undefined) return undefined
  const document = { ...merged.documentOf(['model']), locate: merged.locate }
  const found: Problem[] = []
  const model = check(modelSchema, merged.config.model, document, ['model'], found)
  checkModel(model ?? merged.config.model, document, found)
  addNew(problems, found)
  return model
}

/** `My Agents` → `my-agents`; nothing when no name is left. */
function nameOf(directory: string): string | undefined {
  const name = directory
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return namePattern.test(name) ? name : undefined
}

/** A project Dockerfile that only names its base changes nothing. */
const saysMoreThanFrom = (text: string): boolean =>
  text.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#')).length > 1
