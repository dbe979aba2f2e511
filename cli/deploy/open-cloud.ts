import type { Plan } from '../../core/plan/schema.ts'
import type { Drift } from '../../infra/doctor/finding.ts'
import type { SecretStore } from '../../infra/secrets/secret-store.ts'
import type { LogReader } from '../gateway/follow-run.ts'
import type { GatewayClient } from '../gateway/gateway-client.ts'

/** The port through which commands reach a plan's cloud, whichever it is. Its methods throw errors in plain words. */
export interface OpenCloud {
  /** For people: `account 123456789012, eu-west-1`, `project my-project, europe-west1`. */
  readonly where: string
  /** The same for scripts. */
  readonly place: { readonly account: string; readonly region: string }
  readonly secrets: SecretStore
  /** The deployed control plane; nothing if there is none. */
  deployed(): Promise<Deployed | undefined>
  /** The logs of what is deployed. */
  logs(gateway: Pick<GatewayClient, 'run' | 'runsOf'>): LogReader
  /** Compares what is there with what was deployed. `directory` is the project's. */
  compare(directory: string): Promise<Comparison>
}

export interface Deployed {
  /** Base URL, without a slash at the end. Absent until the control plane has been complete once. */
  readonly gatewayUrl?: string
  /** For people: `stack al-acme is CREATE_IN_PROGRESS`. */
  readonly state: string
}

/** What stands in the cloud, compared with what was deployed there and with what a deploy would change. */
export interface Comparison {
  /** Whether anything was ever deployed. */
  readonly deployed: boolean
  /** What is being deployed now: nothing of it was compared. */
  readonly busy: readonly string[]
  /** How many resources were compared. */
  readonly compared: number
  readonly drift: readonly Drift[]
  /** What the next deploy changes, a line each: `agent dev: Function (changed)`. */
  readonly waiting: readonly string[]
  /** What was deployed since this was made, by name: a repair would undo it. */
  changedSince(): Promise<readonly string[]>
}

/** Opens the cloud that a plan is for, without loading the code of the other one. */
export async function openCloud(plan: Plan): Promise<OpenCloud> {
  return plan.target.provider === 'gcp'
    ? await (await import('../gcp/open-cloud.ts')).openGoogleCloud(plan)
    : await (await import('../aws/open-cloud.ts')).openAws(plan)
}
