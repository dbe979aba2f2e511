import { foreignBase } from '../image/compose.ts'
import { formatKey, type Problem } from '../project/problem.ts'
import type { Agent, Project } from '../project/project.ts'
import { quote } from '../project/quote.ts'
import type { CloudProvider, EcsCloud } from '../project/schema/cloud.ts'
import type { Limits } from '../project/schema/limits.ts'
import { webhookProviders } from '../project/schema/webhooks.ts'
import { estimateCost } from './cost.ts'
import { endpointsOf } from './endpoints.ts'
import type { Plan, PlannedAgent, PlannedImage } from './schema.ts'
import { agentSecrets, gatewaySecrets } from './secrets.ts'
import { awsTarget } from './targets/aws.ts'
import { gcpTarget } from './targets/gcp.ts'
import { localTarget, type Runtime } from './targets/local.ts'
import { shardOf } from './targets/shards.ts'
import type { Report, Target } from './targets/target.ts'

export interface PlanOptions {
  /** Plans for this provider, or for this machine, whatever the project says. */
  readonly provider?: CloudProvider | 'local'
  /** On a machine: how agents run, whatever the project says. */
  readonly runtime?: Runtime
}

/**
 * Decides what must exist for a project to run on its target. A project without `[cloud]`, and one planned for another
 * provider than its own, gets a plan without account and region. Problems are what this target cannot do.
 */
export function makePlan(project: Project, options: PlanOptions = {}): { plan: Plan; problems: Problem[] } {
  const problems: Problem[] = []
  const report: Report = (agent, path, message) => {
    const problem = { ...(agent ?? project).locate(path), key: formatKey(path), message }
    // A wrong size in the project is wrong for many agents: it is reported once.
    if (!problems.some((one) => one.key === problem.key && one.file === problem.file)) problems.push(problem)
  }

  const configured = project.cloud
  const provider = options.provider ?? configured?.provider ?? 'ecs'
  const cloud = configured?.provider === provider ? configured : undefined
  const target = targetOf(project, provider, options.runtime)

  const shards = cloud?.shards ?? 1
  const agents = project.agents.map((agent) => planAgent(agent, project, target, shards, report))
  const secrets = gatewaySecrets(project, target)
  const { warnings, ...finished } = target.finish(project, agents, secrets, report)

  const targeted: Plan['target'] = {
    provider: target.provider,
    assumed: provider !== 'local' && cloud === undefined,
    account: target.account,
    region: target.region,
    architecture: cloud?.architecture ?? 'x86_64',
    shards,
    disposable: cloud?.disposable ?? false,
    secretStore: target.secretStore,
    ...operationsOf(cloud?.provider === 'ecs' ? cloud : undefined),
  }
  const webhooks = webhooksOf(project, target)
  const unpriced: Omit<Plan, 'cost'> = {
    version: 1,
    project: project.name,
    environment: project.environment,
    target: targeted,
    limits: {
      scale: project.scale,
      workQueueSize: project.workQueueSize,
      maxReruns: project.maxReruns,
      maxCallDepth: project.maxCallDepth,
      lockTimeoutSeconds: project.gateway.lockTimeout,
      ...byDay(project.limits),
    },
    agents,
    images: imagesOf(project, agents),
    webhooks,
    endpoints: endpointsOf({ webhooks, target: targeted }),
    ...finished,
    ...(telemetryOf(project) ?? {}),
    warnings: [...project.warnings, ...warnings, ...warningsOf(project, agents)],
  }
  return { plan: { ...unpriced, cost: estimateCost(unpriced) }, problems }
}

const operationsOf = (cloud: EcsCloud | undefined) => ({
  build: cloud?.build ?? 'auto',
  logRetentionDays: cloud?.logRetentionDays ?? 30,
  alarmEmail: cloud?.alarmEmail,
  dashboard: cloud?.dashboard ?? false,
})

function targetOf(project: Project, provider: NonNullable<PlanOptions['provider']>, runtime?: Runtime): Target {
  const { cloud, local } = project
  switch (provider) {
    case 'ecs':
      return awsTarget(project, cloud?.provider === 'ecs' ? cloud : undefined)
    case 'cloud-run':
      return gcpTarget(project, cloud?.provider === 'cloud-run' ? cloud : undefined)
    case 'local':
      return localTarget(project, runtime ?? local.runtime)
  }
}

function planAgent(agent: Agent, project: Project, target: Target, shards: number, report: Report): PlannedAgent {
  const off = agent.scale === 0
  const sizing = target.size(agent, off ? () => {} : report)
  const image = imageKey(agent, project)
  const planned = {
    name: agent.name,
    ...sizing,
    resource: target.resourceName(agent.name),
    ...(target.accountName && { account: target.accountName(agent.name) }),
    logs: target.logsName(agent.name),
    shard: shardOf(agent.name, shards),
    scale: agent.scale,
    image,
    schedules: off ? [] : schedulesOf(agent, target, report),
    triggers: off ? [] : agent.triggers.map(({ source, filters }) => ({ source, filters })),
    secrets: off ? [] : agentSecrets(agent, project, target),
    model: agent.model,
    preflight: [...agent.preflight],
    params: agent.params,
    instructions: agent.instructions,
    testScript: agent.testScript,
    ...(off || agent.schedule?.misfire !== 'once' ? {} : { misfire: 'once' as const }),
    ...limitsOf(agent, project),
  } satisfies Omit<PlannedAgent, 'permissions'>
  if (off) return { ...planned, compute: 'off', why: 'scale = 0', permissions: [] }

  if (project.scale !== undefined && agent.scale > project.scale) {
    report(
      agent,
      ['scale'],
      `${agent.scale} is more than the project's scale of ${project.scale}, which no agent can exceed`,
    )
  }
  const foreign = { aws: 'vertex', gcp: 'bedrock', local: undefined } as const
  if (agent.model.provider === foreign[target.provider]) {
    const message = `"${agent.model.provider}" is called with the agent's identity in the other cloud, which it does not have on ${target.provider.toUpperCase()}`
    report(agent, ['model', 'provider'], message)
  }
  if (target.provider === 'gcp') {
    agent.credentials.forEach(({ instance }, i) => {
      if (!/[.]|--/.test(instance)) return
      report(
        agent,
        ['credentials', i],
        `the instance ${quote(instance)} cannot be a name in Secret Manager: no dots, no "--"`,
      )
    })
  }
  return { ...planned, permissions: target.permissions(planned, agent, report) }
}

const byDay = ({ maxCostPerDay, maxRunsPerDay }: Limits) => ({
  ...(maxCostPerDay !== undefined && { maxCostPerDay }),
  ...(maxRunsPerDay !== undefined && { maxRunsPerDay }),
})

/**
 * An agent's own limits; for those per run, else the project's. A custom model has no price, so its cost cannot be
 * limited.
 */
function limitsOf(agent: Agent, project: Project): Pick<PlannedAgent, 'limits'> {
  const maxCostPerRun =
    agent.model.provider === 'custom' ? undefined : (agent.limits.maxCostPerRun ?? project.limits.maxCostPerRun)
  const maxTurns = agent.limits.maxTurns ?? project.limits.maxTurns
  const limits = {
    ...(maxCostPerRun !== undefined && { maxCostPerRun }),
    ...(maxTurns !== undefined && { maxTurns }),
    ...byDay(agent.limits),
  }
  return Object.keys(limits).length === 0 ? {} : { limits }
}

function schedulesOf(agent: Agent, target: Target, report: Report): PlannedAgent['schedules'] {
  if (agent.schedule === undefined) return []
  const { cron, timezone } = agent.schedule
  const translated = target.cron(cron)
  if (!translated.ok) {
    report(agent, ['schedule'], translated.reason)
    return []
  }
  const { expressions } = translated
  return expressions.map((expression, i) => ({
    name: target.scheduleName(agent.name, i + 1, expressions.length),
    line: cron.line,
    expression,
    timezone,
  }))
}

/** Agents without a Dockerfile of their own share the project's image, or the plain one. */
const imageKey = (agent: Agent, project: Project): string =>
  agent.dockerfile !== undefined ? `agent:${agent.name}` : project.dockerfile !== undefined ? 'project' : 'base'

function imagesOf(project: Project, planned: readonly PlannedAgent[]): PlannedImage[] {
  const images = new Map<string, PlannedImage>()
  const running = new Set(planned.filter(({ compute }) => compute !== 'off').map(({ name }) => name))
  for (const agent of project.agents) {
    if (!running.has(agent.name)) continue
    const key = imageKey(agent, project)
    images.set(key, {
      key,
      project: project.dockerfile,
      agent: agent.dockerfile,
      context: agent.dockerfile === undefined ? undefined : agent.directory,
    })
  }
  return [...images.values()]
}

/** Where deliveries come in, by the name of their source and by that of its provider. */
function webhooksOf(project: Project, target: Target): Plan['webhooks'] {
  return project.webhooks.map(({ name, type, credential, allowUnsigned }) => {
    const secret = webhookProviders[type].secret
    return {
      source: name,
      provider: type,
      paths: [...new Set([`/webhooks/${name}`, `/webhooks/${type}`])],
      secret: secret && credential && target.secretId(secret, credential, 'secret'),
      unsigned: allowUnsigned ? 'accepted' : 'refused',
    }
  })
}

function telemetryOf(project: Project): Pick<Plan, 'telemetry'> | undefined {
  const { enabled, provider, ...rest } = project.telemetry
  return enabled && provider !== 'none' ? { telemetry: { provider, ...rest } } : undefined
}

function warningsOf(project: Project, agents: readonly PlannedAgent[]): string[] {
  const refused = project.webhooks.filter(({ credential, allowUnsigned }) => credential === undefined && !allowUnsigned)
  const foreign = [
    { file: 'Dockerfile', text: project.dockerfile },
    ...project.agents.map(({ directory, dockerfile }) => ({ file: `${directory}/Dockerfile`, text: dockerfile })),
  ].flatMap(({ file, text }) => {
    const image = text === undefined ? undefined : foreignBase(text)
    return image === undefined ? [] : [{ file, image }]
  })
  const empty = agents.filter(({ instructions, compute }) => compute !== 'off' && instructions.trim() === '')
  return [
    ...refused.map(({ name, type }) =>
      webhookProviders[type].secret === undefined
        ? `webhook source "${name}" answers 401: type "${type}" is never signed and needs allowUnsigned = true; a deploy refuses it`
        : `webhook source "${name}" answers 401: it has neither \`credential\` nor allowUnsigned = true; a deploy refuses it`,
    ),
    ...foreign.map(
      ({ file, image }) =>
        `${file} starts from ${image}: it must bring Node.js 24 and, with \`COPY --from=al-agent /app /app\` and an ENTRYPOINT, what runs the agent`,
    ),
    ...empty.map(({ name }) => `agent "${name}" has no instructions: write its ACTIONS.md`),
    ...(project.telemetry.enabled && project.telemetry.provider === 'xray'
      ? ['telemetry.provider "xray" exports nothing: use "otel" with the endpoint of a collector']
      : []),
    ...priceWarnings(project, agents),
    ...exportWarnings(project),
    ...(project.local.image === undefined ? [] : ['local.image is used on your machine only']),
  ]
}

/** Warns that the project's limits in dollars do not apply to agents whose model has no price. */
function priceWarnings({ limits }: Project, agents: readonly PlannedAgent[]): string[] {
  if (limits.maxCostPerRun === undefined && limits.maxCostPerDay === undefined) return []
  const free = agents.filter(({ model, compute }) => model.provider === 'custom' && compute !== 'off')
  return free.map(
    ({ name }) =>
      `agent "${name}" uses a custom model, whose price is not known: it counts as 0 in maxCostPerRun and maxCostPerDay; limit it with maxTurns or maxRunsPerDay`,
  )
}

/** Collectors take gRPC at port 4317 and HTTP at 4318; Action Llama 0.13 spoke gRPC, `al` speaks HTTP. */
function exportWarnings({ telemetry }: Project): string[] {
  const { enabled, provider, endpoint } = telemetry
  if (!enabled || provider !== 'otel' || endpoint === undefined) return []
  const { protocol, port } = new URL(endpoint)
  return /^grpcs?:$/.test(protocol) || port === '4317'
    ? [
        'telemetry.endpoint is an address for gRPC: traces are sent by OTLP over HTTP, which collectors take at port 4318',
      ]
    : []
}
