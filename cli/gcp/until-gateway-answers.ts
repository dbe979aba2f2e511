import { type GatewayWork, throughGateway } from '../deploy/deployed-gateway.ts'
import type { UserError } from '../errors.ts'
import type { GatewayClient } from '../gateway/gateway-client.ts'
import { GatewayUnreachable } from '../gateway/gateway-errors.ts'
import { asUserError } from '../program/plain-error.ts'
import type { Ui } from '../ui/ui.ts'

/**
 * Seconds before each further look. A right counts after two minutes as a rule: that anybody may call the gateway, and that it
 * may read its key and its database. Source: "Access change propagation" of IAM.
 */
const pauses = [3, 5, 7, 10, 15, 20, 30, 30, 30]

export interface Looking {
  readonly gateway: Pick<GatewayClient, 'status'>
  readonly ui: Ui
  /** Seconds. */
  readonly pause: (seconds: number) => Promise<unknown>
}

/** Waits until a control plane that was just made does its work, so that the first command that is typed finds it. */
export async function untilGatewayAnswers({ gateway, ui, pause }: Looking): Promise<void> {
  for (const [i, seconds] of pauses.entries()) {
    const reason = await whyNot(gateway)
    if (reason === undefined) return
    // A missing right is an answer; a network that does not lead there stays as it is.
    if (reason instanceof GatewayUnreachable) break
    if (i === 0) {
      ui.emit({
        kind: 'note',
        text: 'waiting until the control plane answers: its rights take a minute or two to count',
      })
    }
    await pause(seconds)
  }
  const why = await whyNot(gateway)
  if (why === undefined) return
  const text = `everything is deployed, but the control plane does not answer yet: ${why.message}. \`al doctor -c\` looks whether it may do what it has to`
  ui.emit({ kind: 'warning', text })
}

async function whyNot(gateway: Looking['gateway']): Promise<UserError | undefined> {
  try {
    await gateway.status()
    return undefined
  } catch (error) {
    const failure = await asUserError(error)
    if (failure === undefined) throw error
    return failure
  }
}

/** The same where a deploy has made the gateway, or given it a right. */
export const awaitGateway = (work: GatewayWork, pause: Looking['pause']): Promise<unknown> =>
  throughGateway(work, 'whether the control plane answers is not looked at', (gateway) =>
    untilGatewayAnswers({ gateway, ui: work.ui, pause }),
  )

/** Whether a part of the program is the gateway or what it may do. Source: the names that `infra/gcp/constructs` give. */
export const isOfGateway = (part: string): boolean => /^gateway[ /-]/.test(part)
