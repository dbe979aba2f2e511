import type { Plan, PlannedAgent } from '../../core/plan/schema.ts'
import { bundle } from '../bundles.ts'
import type { FileTree } from './assets.ts'

/**
 * The code of the two functions. The plan travels with them: `plan.json` is what either needs to decide about every
 * agent, `agents/<name>.json` what the gateway hands to an agent that claims its run. One agent more or less changes
 * these two assets and nothing else of the control plane.
 */
export async function functionCode(plan: Plan): Promise<{ gateway: FileTree; scheduler: FileTree }> {
  const [gateway, scheduler] = await Promise.all([
    bundle('functions/aws/gateway', 'index.mjs'),
    bundle('functions/aws/scheduler', 'index.mjs'),
  ])
  const decisions = ['plan.json', json(decisionsOf(plan))] as const
  const agents = plan.agents.map((agent) => [`agents/${agent.name}.json`, json(handedOut(agent))] as const)
  return {
    gateway: new Map<string, string | Uint8Array>([['index.mjs', gateway], decisions, ...agents]),
    scheduler: new Map<string, string | Uint8Array>([['index.mjs', scheduler], decisions]),
  }
}

const json = (value: unknown): string => `${JSON.stringify(value)}\n`

/** Limits and bindings: what a trigger, a tick or the sweep is decided by. */
function decisionsOf({ version, project, environment, names, limits, gateway, webhooks, agents, telemetry }: Plan) {
  return {
    version,
    project,
    environment,
    names,
    limits,
    secrets: gateway.secrets,
    webhooks,
    telemetry,
    agents: agents.map(({ name, compute, resource, scale, limitSeconds, timeoutSeconds, triggers, schedules }) => ({
      name,
      compute,
      resource,
      scale,
      limitSeconds,
      timeoutSeconds,
      triggers,
      // Two expressions of one line fire it once.
      schedule: schedules[0] && { line: schedules[0].line, timezone: schedules[0].timezone },
    })),
  }
}

/** What a run needs to know, and may know. */
function handedOut({
  name,
  timeoutSeconds,
  model,
  params,
  preflight,
  secrets,
  instructions,
  testScript,
}: PlannedAgent) {
  return {
    name,
    timeoutSeconds,
    model,
    params,
    preflight,
    secrets,
    instructions,
    testScript,
  }
}
