import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import type { Launcher } from '../../core/scheduler/launcher.ts'
import { asPayload } from '../../core/scheduler/start-message.ts'
import { refusalOf } from './aws-refusal.ts'
import { sendPatiently } from './aws-requests.ts'

export interface LambdaLauncherOptions {
  readonly client: LambdaClient
  readonly gatewayUrl: string
}

/**
 * Agents that are Lambda functions. An asynchronous invocation: the answer means that Lambda has queued it, for at most
 * the minute that the function's configuration gives it. A try whose answer was lost may start a second container; the
 * first one to claim gets the run.
 *
 * A running function cannot be stopped from outside: it learns at its next poll, and lives to its timeout at most.
 */
export function lambdaLauncher({ client, gatewayUrl }: LambdaLauncherOptions): Launcher {
  return {
    async launch(order) {
      const { agent, run, ticket, attempt } = order
      const command = new InvokeCommand({
        FunctionName: agent.resource,
        InvocationType: 'Event',
        Payload: JSON.stringify(asPayload({ run, ticket, gateway: gatewayUrl, attempt })),
      })
      try {
        await sendPatiently((abortSignal) => client.send(command, { abortSignal }))
        return { kind: 'started' }
      } catch (error) {
        return refusalOf(error, `function ${agent.resource}`, order)
      }
    },
    async stop() {},
  }
}
