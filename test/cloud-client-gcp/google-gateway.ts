import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { decisionsOf, handoutOf } from '../../core/plan/decisions.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { fromEnvironment, type StartMessage } from '../../core/scheduler/start-message.ts'
import { gcpHost } from '../../functions/gcp/host.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import type { FakeGoogle } from '../support/google/fake-google.ts'
import { closeServer, listenOnLoopback } from '../support/loopback.ts'

/** Not to be seen in anything that is printed. */
export const gatewayKey = 'canary-key-of-the-gateway-0123456789abcdefgh'
export const keyId = 'action-llama--gateway_api_key--default--key'

/** The control plane of a plan on Google Cloud, with its state in memory, on loopback instead of its own address. */
export async function startGoogleGateway(google: FakeGoogle, plan: Plan) {
  const { project, region, number } = google
  const serve = getRequestListener(
    gcpHost({
      decisions: decisionsOf(plan),
      handout: async (name) => {
        const agent = plan.agents.find((one) => one.name === name)
        return agent && handoutOf(agent, plan)
      },
      project,
      region,
      gatewayUrl: `https://${plan.names.gateway}-${number}.${region}.run.app`,
      schedulerAccount: `${plan.google?.accounts.caller}@${project}.iam.gserviceaccount.com`,
      store: memoryStore(Date.now),
      accessToken: async () => 'token-of-the-gateway',
      googleEndpoint: google.endpoint,
      log: () => {},
    }),
  )
  const server = createServer(serve)
  const reachable = `http://127.0.0.1:${await listenOnLoopback(server)}`
  return { reachable, stop: () => closeServer(server) }
}

/** What the newest execution was told at its start, and what it is called. */
export function startedIn(google: FakeGoogle): { readonly message: StartMessage; readonly container: string } {
  const [newest] = google.run.executions
  if (newest === undefined) throw new Error('nothing was started')
  const { containers } = newest.template as Template
  const env = containers.flatMap((one) => one.env).map(({ name, value }) => [name, value])
  const message = fromEnvironment(Object.fromEntries(env))
  if (message === undefined) throw new Error('it was started without a message')
  return { message, container: newest.name.slice(newest.name.lastIndexOf('/') + 1) }
}

interface Template {
  readonly containers: readonly { readonly env: readonly { name: string; value: string }[] }[]
}
