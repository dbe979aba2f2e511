import type { CredentialRef } from '../credentials/reference.ts'
import type { Cron } from '../cron/cron.ts'
import type { KeyPath, Location } from './problem.ts'
import type { Preflight } from './schema/agent.ts'
import type { Cloud } from './schema/cloud.ts'
import type { Limits } from './schema/limits.ts'
import type { Model } from './schema/model.ts'
import type { Filters, WebhookProvider } from './schema/webhooks.ts'

/**
 * A project as its author wrote it: validated, defaults filled in, layers merged, read-only. What a target makes of it is
 * the plan's business.
 */
export interface Project {
  readonly name: string
  /** `default` when none is selected. */
  readonly environment: string
  readonly timezone: string
  readonly maxReruns: number
  readonly maxCallDepth: number
  readonly workQueueSize: number
  /** Runs of all agents at once; unlimited when absent. */
  readonly scale?: number
  /** Those per run are the defaults of its agents; those per day (UTC) apply to all agents together. */
  readonly limits: Limits
  readonly local: {
    readonly image?: string
    readonly memoryMiB?: number
    readonly cpus?: number
    /** How agents run on a machine. */
    readonly runtime: 'docker' | 'process'
  }
  readonly gateway: {
    readonly port: number
    /** Seconds a lock lives without a heartbeat. */
    readonly lockTimeout: number
    readonly url?: string
  }
  readonly webhooks: readonly WebhookSource[]
  readonly telemetry: Telemetry
  readonly cloud?: Cloud
  /** The project's own Dockerfile, if it says more than `FROM`. */
  readonly dockerfile?: string
  /** By name. */
  readonly agents: readonly Agent[]
  readonly warnings: readonly string[]
  /** Where a key of the merged configuration was written. */
  readonly locate: (path: KeyPath) => Location
}

export interface WebhookSource {
  readonly name: string
  readonly type: WebhookProvider
  /** The instance of the provider's secret that signs deliveries. */
  readonly credential?: string
  readonly allowUnsigned: boolean
}

export interface Telemetry {
  readonly enabled: boolean
  readonly provider: 'otel' | 'xray' | 'none'
  readonly endpoint?: string
  readonly serviceName: string
  readonly headers: Readonly<Record<string, string>>
  readonly samplingRate?: number
}

export interface Agent {
  readonly name: string
  /** The directory, relative to the project. */
  readonly directory: string
  /** The text of ACTIONS.md; empty when there is none. */
  readonly instructions: string
  /** The credentials the author listed; the model's key comes on top. */
  readonly credentials: readonly CredentialRef[]
  /** `misfire`: what becomes of scheduled minutes that were missed. */
  readonly schedule?: { readonly cron: Cron; readonly timezone: string; readonly misfire: 'skip' | 'once' }
  readonly triggers: readonly Trigger[]
  readonly model: Model
  readonly preflight: readonly Preflight[]
  readonly params: Readonly<Record<string, unknown>>
  /** As its own file says. */
  readonly limits: Limits
  readonly scale: number
  /** Seconds. */
  readonly timeout: number
  /** The agent's own Dockerfile. */
  readonly dockerfile?: string
  /** A script that stands in for the model session, for tests that cost nothing. */
  readonly testScript?: string
  readonly locate: (path: KeyPath) => Location
}

/** One `[[webhooks]]` table of an agent. */
export interface Trigger {
  readonly source: string
  readonly filters: Filters
}

/** Seconds a run may take when neither the agent nor the project says. */
export const defaultTimeout = 900
