import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import { AwsFailure } from '../../infra/aws/aws-failure.ts'
import { deployedStack } from '../../infra/aws/deployed.ts'
import { UserError } from '../errors.ts'
import { connectToCloud } from '../gateway/cloud-host.ts'
import type { GatewayClient } from '../gateway/gateway-client.ts'
import type { Ui } from '../ui/ui.ts'
import type { CloudOptions } from './cloud-plan.ts'
import type { Interruption } from './interruption.ts'

export interface GatewayWork {
  readonly options: CloudOptions
  readonly plan: Plan
  readonly account: Account
  readonly interruption: Interruption
  readonly ui: Ui
}

/**
 * Does something through the deployed gateway before what it speaks for is changed or removed; nothing where there is none.
 * A gateway that cannot be asked keeps nobody from that: `otherwise` says what is not done, and why follows.
 */
export async function throughGateway<T>(
  { options, plan, account, interruption, ui }: GatewayWork,
  otherwise: string,
  work: (gateway: GatewayClient) => Promise<T>,
): Promise<T | undefined> {
  if ((await interruption.unless(deployedStack(plan, account)))?.gatewayUrl === undefined) return undefined
  try {
    return await work(await interruption.unless(connectToCloud(options)))
  } catch (error) {
    interruption.signal.throwIfAborted()
    if (!(error instanceof UserError || error instanceof AwsFailure)) throw error
    ui.emit({ kind: 'warning', text: `${otherwise}: ${error.message}` })
    return undefined
  }
}
