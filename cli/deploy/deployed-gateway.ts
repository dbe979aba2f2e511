import { connectToCloud } from '../gateway/cloud-host.ts'
import type { GatewayClient } from '../gateway/gateway-client.ts'
import { asUserError } from '../program/plain-error.ts'
import type { Ui } from '../ui/ui.ts'
import type { CloudOptions } from './cloud-plan.ts'
import type { Interruption } from './interruption.ts'
import type { OpenCloud } from './open-cloud.ts'

export interface GatewayWork {
  readonly options: CloudOptions
  readonly cloud: Pick<OpenCloud, 'deployed'>
  readonly interruption: Interruption
  readonly ui: Ui
}

/**
 * Does something through the deployed gateway before a deploy changes or removes what it controls; nothing if there is no
 * gateway. A gateway that cannot be reached does not stop the deploy: `otherwise` says what is not done, and why follows.
 */
export async function throughGateway<T>(
  { options, cloud, interruption, ui }: GatewayWork,
  otherwise: string,
  work: (gateway: GatewayClient) => Promise<T>,
): Promise<T | undefined> {
  if ((await interruption.unless(cloud.deployed()))?.gatewayUrl === undefined) return undefined
  try {
    return await work(await interruption.unless(connectToCloud(options)))
  } catch (error) {
    interruption.signal.throwIfAborted()
    const failure = await asUserError(error)
    if (failure === undefined) throw error
    ui.emit({ kind: 'warning', text: `${otherwise}: ${failure.message}` })
    return undefined
  }
}
