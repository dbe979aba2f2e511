import { setImmediate } from 'node:timers/promises'
import type { Plan } from '../../core/plan/schema.ts'
import { addAgent } from './constructs/agent.ts'
import { addCallers } from './constructs/callers.ts'
import { addGateway } from './constructs/gateway.ts'
import { addRoles } from './constructs/roles.ts'
import { addState } from './constructs/state.ts'
import { addStorage } from './constructs/storage.ts'
import { type GcpInputs, siteOf } from './site.ts'

/** What a deploy hands back, and reads again later. */
export interface GcpOutputs {
  /** Base URL, without a slash at the end. */
  readonly gatewayUrl: string
}

/**
 * The Pulumi program of a plan: everything that stands in the Google Cloud project, from the plan and these inputs alone.
 * Secrets are no part of it, only who may read which: they have to be there before. No value of one is an input of anything.
 */
export function gcpProgram(plan: Plan, inputs: GcpInputs): () => Promise<GcpOutputs> {
  return async () => {
    const site = siteOf(plan, inputs)
    addRoles(site)
    addStorage(site)
    addState(site)
    for (const agent of plan.agents) {
      if (agent.compute !== 'off') addAgent(site, agent)
      // What was asked for is sent before the next is thought of: a thousand agents at once take a gigabyte.
      await setImmediate()
    }
    addCallers(site, addGateway(site))
    return { gatewayUrl: site.gatewayUrl }
  }
}
