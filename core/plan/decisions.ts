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
  /** What is measured, since each metric that has a value in an hour is billed for it: what an alarm needs, or what a dashboard shows. */
  readonly metrics?: 'failures' | 'all'
}

/** One agent, as far as starting and stopping it goes. */
export interface AgentRule
  extends Pick<
    PlannedAgent,
    'name' | 'compute' | 'resource' | 'scale' | 'limitSeconds' | 'timeoutSeconds' | 'triggers'
  > {
  /** `provider/model`: a provider's terminal error stops further starts of whoever uses the same. */
  readonly model: string
  /** Two expressions of one line fire it once, so the line is what counts. */
  readonly schedule?: { readonly line: string; readonly timezone: string }
}

/** What a run needs to know, and may know. */
export interface Handout
  extends Pick<
    PlannedAgent,
    'name' | 'timeoutSeconds' | 'model' | 'params' | 'preflight' | 'secrets' | 'instructions' | 'testScript'
  > {
  readonly secretStore?: OtherStore
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
  return {
    name,
    compute,
    resource,
    scale,
    limitSeconds,
    timeoutSeconds,
    model: `${model.provider}/${model.model}`,
    triggers,
    ...(first && { schedule: { line: first.line, timezone: first.timezone } }),
  }
}

export function handoutOf(agent: PlannedAgent, target: Pick<Plan['target'], 'secretStore'>): Handout {
  const { name, timeoutSeconds, model, params, preflight, secrets, instructions, testScript } = agent
  return { name, timeoutSeconds, model, params, preflight, secrets, ...otherStore(target), instructions, testScript }
}
