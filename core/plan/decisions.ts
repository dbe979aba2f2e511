import { modelProviders } from '../project/schema/model.ts'
import type { Plan, PlannedAgent } from './schema.ts'

/**
 * The part of the plan that the control plane decides by: names, limits and bindings. It travels with the functions
 * (`plan.json`), so it holds no prompt and no parameter; those are handed to an agent when it claims its run.
 */
export interface Decisions
  extends Pick<Plan, 'version' | 'project' | 'environment' | 'names' | 'limits' | 'webhooks' | 'telemetry'> {
  /** What the gateway reads at start: webhook secrets and the key of the control routes. */
  readonly secrets: Plan['gateway']['secrets']
  readonly secretStore?: OtherStore
  readonly agents: readonly AgentRule[]
  /**
   * Which metrics are written, since each is billed for every hour in which it has a value: what an alarm needs, or what
   * a dashboard shows.
   */
  readonly metrics?: 'failures' | 'all'
}

/** One agent, as far as starting and stopping it goes. */
export interface AgentRule
  extends Pick<
    PlannedAgent,
    'name' | 'compute' | 'resource' | 'scale' | 'limitSeconds' | 'timeoutSeconds' | 'triggers'
  > {
  /** `provider/model`: when its quota is used up, no agent that uses the same model starts. */
  readonly model: string
  /**
   * The credential of its model, `anthropic_key:default`: when it is refused, no agent that uses the same one starts.
   * Absent: the model is called with the agent's own identity.
   */
  readonly modelKey?: string
  /** A line may become two expressions in a cloud; together they fire a minute once, so the line is what counts. */
  readonly schedule?: {
    readonly line: string
    readonly timezone: string
    /** Missed minutes are made up for by one run; else they are skipped. */
    readonly misfire?: 'once'
  }
  /** This agent's own limits per day (UTC). */
  readonly limits?: DayLimits
}

export type DayLimits = Pick<Plan['limits'], 'maxCostPerDay' | 'maxRunsPerDay'>

/** What a run may use, and whether it has to ask before each turn because something limits the cost of a day. */
export type RunLimits = Pick<NonNullable<PlannedAgent['limits']>, 'maxCostPerRun' | 'maxTurns'> & {
  readonly asksForTurns?: true
}

/** What a run needs to know, and may know. */
export interface Handout
  extends Pick<
    PlannedAgent,
    'name' | 'timeoutSeconds' | 'model' | 'params' | 'preflight' | 'secrets' | 'instructions' | 'testScript'
  > {
  readonly secretStore?: OtherStore
  readonly limits?: RunLimits
}

/** Where secrets are, when that is not the cloud's usual place for them. Ids do not tell: a name in either store may begin with `/`. */
type OtherStore = 'parameter-store'

const otherStore = ({ secretStore }: Pick<Plan['target'], 'secretStore'>): { readonly secretStore?: OtherStore } =>
  secretStore === 'parameter-store' ? { secretStore } : {}

export function decisionsOf(plan: Plan): Decisions {
  const { version, project, environment, names, limits, gateway, webhooks, telemetry, target } = plan
  const metrics = target.dashboard ? 'all' : target.alarmEmail === undefined ? undefined : 'failures'
  return {
    version,
    project,
    environment,
    names,
    limits,
    secrets: gateway.secrets,
    webhooks,
    telemetry,
    ...otherStore(target),
    agents: plan.agents.map(ruleOf),
    ...(metrics && { metrics }),
  }
}

function ruleOf(agent: PlannedAgent): AgentRule {
  const { name, compute, resource, scale, limitSeconds, timeoutSeconds, triggers, schedules, model } = agent
  const [first] = schedules
  const { maxCostPerDay, maxRunsPerDay } = agent.limits ?? {}
  const limits = { ...(maxCostPerDay && { maxCostPerDay }), ...(maxRunsPerDay && { maxRunsPerDay }) }
  const modelKey = modelKeyOf(agent)
  return {
    name,
    compute,
    resource,
    scale,
    limitSeconds,
    timeoutSeconds,
    model: `${model.provider}/${model.model}`,
    triggers,
    ...(modelKey !== undefined && { modelKey }),
    ...(first && {
      schedule: { line: first.line, timezone: first.timezone, ...(agent.misfire && { misfire: agent.misfire }) },
    }),
    ...(Object.keys(limits).length > 0 && { limits }),
  }
}

/** The credential that the agent's model is called with: of several instances the first one listed. */
function modelKeyOf({ model: { provider }, secrets }: PlannedAgent): string | undefined {
  const key = modelProviders[provider]
  const secret = secrets.find(({ type, why }) => type === key && why !== 'header')
  return secret && `${secret.type}:${secret.instance}`
}

/** Of the plan, what an agent is handed at its claim. */
export function handoutOf(
  agent: PlannedAgent,
  { target, limits }: { readonly target: Pick<Plan['target'], 'secretStore'>; readonly limits: DayLimits },
): Handout {
  const { name, timeoutSeconds, model, params, preflight, secrets, instructions, testScript } = agent
  const bound = runLimits(agent, limits)
  return {
    ...{ name, timeoutSeconds, model, params, preflight, secrets, ...otherStore(target), instructions, testScript },
    ...(bound && { limits: bound }),
  }
}

function runLimits({ limits = {}, model }: PlannedAgent, project: DayLimits): RunLimits | undefined {
  const { maxCostPerRun, maxTurns, maxCostPerDay } = limits
  // The cost of a model without a price is unknown, so there is nothing to ask for.
  const asks = model.provider !== 'custom' && (maxCostPerDay ?? project.maxCostPerDay) !== undefined
  const bound: RunLimits = {
    ...(maxCostPerRun && { maxCostPerRun }),
    ...(maxTurns && { maxTurns }),
    ...(asks && { asksForTurns: true }),
  }
  return Object.keys(bound).length > 0 ? bound : undefined
}
