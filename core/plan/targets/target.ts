import type { Cron } from '../../cron/cron.ts'
import type { Translation } from '../../cron/expression.ts'
import type { KeyPath } from '../../project/problem.ts'
import type { Agent, Project } from '../../project/project.ts'
import type { Compute, Plan, PlannedAgent, PlannedSecret, Statement } from '../schema.ts'

/** Reports a problem at a key of the project's configuration, or of one agent's. */
export type Report = (at: Agent | undefined, path: KeyPath, message: string) => void

export interface Sizing {
  readonly compute: Compute
  readonly why: string
  readonly memoryMiB: number
  readonly vcpus: number
  readonly timeoutSeconds: number
  readonly limitSeconds: number
}

/** What differs between clouds, as far as the plan goes. */
export interface Target {
  readonly provider: Plan['target']['provider']
  readonly account?: string
  readonly region?: string
  size(agent: Agent, report: Report): Sizing
  cron(cron: Cron): Translation<readonly string[]>
  resourceName(agent: string): string
  /** The id of the agent's service account, where it has one that is not called as the resource is. */
  accountName?(agent: string): string
  scheduleName(agent: string, number: number, count: number): string
  logsName(agent: string): string
  readonly secretStore: Plan['target']['secretStore']
  secretId(type: string, instance: string, field: string): string
  /** What the agent's identity may do: its own secrets, its own logs, its image, its model. Nothing else. */
  permissions(planned: Omit<PlannedAgent, 'permissions'>, agent: Agent, report: Report): Statement[]
  /** Checks and additions that concern the project as a whole. */
  finish(
    project: Project,
    agents: readonly PlannedAgent[],
    gatewaySecrets: readonly PlannedSecret[],
    report: Report,
  ): Finish
}

export type Finish = Pick<Plan, 'names' | 'gateway' | 'scheduler' | 'network'> &
  Partial<Pick<Plan, 'builder' | 'lambdaNetwork' | 'cluster' | 'repository' | 'google'>> & {
    readonly warnings: readonly string[]
  }
