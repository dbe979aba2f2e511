import { type ApiGatewayRequestContextV2, handle, type LambdaEvent } from 'hono/aws-lambda'
import type { Tracer } from '../../core/telemetry/tracer.ts'
import { lambdaStamp, stdoutLog } from '../cloud/json-log.ts'
import { handoutsIn } from '../cloud/plan-files.ts'
import type { Environment } from '../cloud/settings.ts'
import { gatewayApp } from '../gateway/app.ts'
import { pageFilesIn } from '../gateway/dashboard/page-files.ts'
import type { GatewayOptions } from '../gateway/options.ts'
import { controlTracer } from '../telemetry/control-tracer.ts'
import { embeddedMetrics } from '../telemetry/embedded-metrics.ts'
import { tracedPlane } from '../telemetry/traced-plane.ts'
import { awsWorld } from './aws-world.ts'
import { type Deployment, readDeployment } from './deployment.ts'
import { secretReader } from './secret-reader.ts'

/** Payload format 2.0. */
type HttpEvent = Extract<LambdaEvent, { rawPath: string }>
type Handler = (event: HttpEvent) => Promise<unknown>

/**
 * The gateway of the plan in a directory, behind an HTTP API with payload format 2.0; the environment names the table and
 * the rest. Reads files only: the clients are made when the first request comes. Throws if the deployment is incomplete.
 */
export async function mountGateway(directory: string, env: Environment): Promise<Handler> {
  const deployment = await readDeployment(directory, env)
  let mounted: { readonly app: ReturnType<typeof handle>; readonly tracer: Tracer | undefined } | undefined
  return async (event) => {
    if (mounted === undefined) {
      const { tracer, ...options } = optionsOf(deployment, directory, env)
      mounted = { app: handle(gatewayApp(options)), tracer }
    }
    const answer = await mounted.app(presentable(event))
    // Nothing runs after an answer.
    await mounted.tracer?.flush()
    return answer
  }
}

/**
 * The event without what no `Request` can be made of, which would fail before the app sees it: a body where there is
 * none, characters that no header can have.
 */
function presentable({ cookies, ...event }: HttpEvent): HttpEvent {
  const { method } = event.requestContext.http
  const headers = Object.fromEntries(
    Object.entries(event.headers).filter(([, value]) => !/[^\t\x20-\x7e\x80-\xff]/.test(value ?? '')),
  )
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const kept = cookies?.filter((cookie) => /^[\w-]+=[\w-]*$/.test(cookie))
  return { ...event, headers, ...(kept && { cookies: kept }), body: hasBody ? event.body : null }
}

function optionsOf(deployment: Deployment, directory: string, env: Environment) {
  const { decisions, gatewayUrl } = deployment
  const world = awsWorld(deployment, stdoutLog(lambdaStamp(), env.AL_LOG_LEVEL, embeddedMetrics(decisions)))
  const secrets = secretReader(decisions, world)
  const tracer = controlTracer(decisions, world, secrets)
  return {
    tracer,
    plane: tracedPlane(world, tracer),
    decisions,
    secrets,
    handout: handoutsIn(directory),
    clock: world.clock,
    log: world.log,
    random: world.random,
    // The platform's word, which no header can change.
    addressOf: (c) => contextOf(c.env)?.http?.sourceIp,
    requestIdOf: (c) => contextOf(c.env)?.requestId,
    dashboard: pageFilesIn(directory),
    logsAt: 'in CloudWatch Logs',
    url: gatewayUrl,
  } satisfies GatewayOptions & { readonly tracer: Tracer | undefined }
}

/** What hono takes over from the event. */
const contextOf = (env: unknown): ApiGatewayRequestContextV2 | undefined =>
  (env as { readonly requestContext?: ApiGatewayRequestContextV2 } | undefined)?.requestContext
