import type { Decisions } from '../../core/plan/decisions.ts'
import { decisionsIn } from '../cloud/plan-files.ts'
import { type Environment, needed } from '../cloud/settings.ts'

/** What a deploy has put beside a function's code and into its environment. */
export interface Deployment {
  readonly decisions: Decisions
  readonly table: string
  /** Base URL of the gateway, without a slash at the end. */
  readonly gatewayUrl: string
  /** Where tasks run; absent where the project has none. */
  readonly tasks?: {
    readonly cluster: string
    readonly subnets: readonly string[]
    /** Empty: the default group of the network. */
    readonly securityGroups: readonly string[]
  }
}

/** Reads `plan.json` of a directory and the variables that name resources. Throws if one of them is missing. */
export async function readDeployment(directory: string, env: Environment): Promise<Deployment> {
  const { AL_CLUSTER: cluster } = env
  return {
    decisions: await decisionsIn(directory),
    table: needed(env, 'AL_TABLE'),
    gatewayUrl: needed(env, 'AL_GATEWAY_URL').replace(/\/+$/, ''),
    ...(cluster && {
      tasks: { cluster, subnets: list(needed(env, 'AL_SUBNETS')), securityGroups: list(env.AL_SECURITY_GROUPS ?? '') },
    }),
  }
}

const list = (text: string): string[] => text.split(',').filter((one) => one !== '')
