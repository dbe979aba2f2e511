import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'hono'
import { googleAddress } from '../../core/google-address.ts'
import { type Clock, type Log, rulesOf } from '../../core/scheduler/world.ts'
import type { Store } from '../../core/store.ts'
import { cached } from '../cloud/secret-cache.ts'
import { gatewayApp } from '../gateway/app.ts'
import { redacting } from '../gateway/log.ts'
import type { GatewayOptions } from '../gateway/options.ts'
import { cloudRunLauncher } from '../launchers/cloud-run.ts'
import { firestoreStore } from '../stores/firestore.ts'
import { metadataToken } from '../stores/firestore-token.ts'
import { controlTracer } from '../telemetry/control-tracer.ts'
import { tracedPlane } from '../telemetry/traced-plane.ts'
import { cloudRunExecutions } from './executions.ts'
import { googleApi } from './google-api.ts'
import { googleKeys } from './google-keys.ts'
import { internalApp } from './internal.ts'
import { verifyScheduler } from './scheduler-identity.ts'
import { secretManager } from './secret-manager.ts'

export interface GcpHostOptions extends Pick<GatewayOptions, 'decisions' | 'handout' | 'dashboard'> {
  /** The id of the Google Cloud project, and the region of its jobs. */
  readonly project: string
  readonly region: string
  /** Where the gateway is reached, without a slash at the end: what agents are told, and whom the scheduler's tokens are for. */
  readonly gatewayUrl: string
  /** The email address of the service account that Cloud Scheduler calls as. */
  readonly schedulerAccount: string
  /** By default Firestore's database of the project's name, with the function's own identity. */
  readonly store?: Store
  readonly accessToken?: () => Promise<string>
  readonly clock?: Clock
  readonly log: Log
  /** A stand-in for Google's services on this machine, for tests. */
  readonly googleEndpoint?: string
}

const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms) => {
    await sleep(ms)
  },
}

/**
 * The control plane on Google Cloud, as one function from a request to its answer: the gateway, and beside it the internal
 * routes for Cloud Scheduler and Pub/Sub. It makes no call before the first request.
 */
export function gcpHost(options: GcpHostOptions): (request: Request, env: unknown) => Response | Promise<Response> {
  const { decisions, handout, project, region, gatewayUrl, schedulerAccount } = options
  const { clock = systemClock, accessToken = metadataToken() } = options
  const log = redacting(options.log)
  const now = () => clock.now()
  const addressOf = googleAddress(options.googleEndpoint)
  const api = googleApi(accessToken, addressOf)
  const random = (bytes: number) => randomBytes(bytes)
  const store = options.store ?? firestoreStore({ project, database: decisions.names.table, accessToken, now })
  const jobs = decisions.agents.filter(({ compute }) => compute === 'cloud-run-job').map(({ resource }) => resource)
  const executions = cloudRunExecutions({ api, project, region })
  const launcher = cloudRunLauncher({ api, executions, project, region, gatewayUrl, jobs })
  const secrets = cached(secretManager({ api, project }), now)
  const tracer = controlTracer(decisions, { clock, random, log }, secrets)
  const plane = tracedPlane({ store, launcher, rules: rulesOf(decisions), clock, random, log }, tracer)
  const keys = googleKeys({ now, addressOf })
  const identity = { audience: gatewayUrl, account: schedulerAccount }

  const gateway = gatewayApp({
    plane,
    decisions,
    handout,
    secrets,
    clock,
    log,
    random,
    addressOf: senderAddress,
    requestIdOf: traceId,
    ...(options.dashboard && { dashboard: options.dashboard }),
    logsAt: 'in Cloud Logging',
    url: gatewayUrl,
  })
  const verify = (header: string | undefined) => verifyScheduler(header, identity, keys)
  const internal = internalApp({ plane, agents: decisions.agents, executions, verify, clock, log })
  return async (request, env) => {
    const { pathname } = new URL(request.url)
    const answer = await (pathname.startsWith('/internal/') ? internal : gateway).fetch(request, env as object)
    // Nothing runs after an answer.
    await tracer?.flush()
    return answer
  }
}

/** Google's front end adds the address it sees at the end; what stands before it the sender may have made up. */
const senderAddress = (c: Context): string | undefined =>
  c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() || undefined

/** The id under which Cloud Logging groups what belongs to a request: `TRACE/SPAN;o=1`. */
const traceId = (c: Context): string | undefined =>
  /^([0-9a-f]{32})(?:\/|$)/.exec(c.req.header('x-cloud-trace-context') ?? '')?.[1]
