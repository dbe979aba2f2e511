import { type ApiGatewayRequestContextV2, handle, type LambdaEvent } from 'hono/aws-lambda'
import { controlPlane } from '../../core/scheduler/control-plane.ts'
import { lambdaStamp, stdoutLog } from '../cloud/json-log.ts'
import { handoutsIn } from '../cloud/plan-files.ts'
import { cached } from '../cloud/secret-cache.ts'
import type { Environment } from '../cloud/settings.ts'
import { gatewayApp } from '../gateway/app.ts'
import type { GatewayOptions } from '../gateway/options.ts'
import { awsWorld } from './aws-world.ts'
import { type Deployment, readDeployment } from './deployment.ts'
import { secretsManager } from './secrets-manager.ts'

/** Payload format 2.0. */
type HttpEvent = Extract<LambdaEvent, { rawPath: string }>
type Handler = (event: HttpEvent) => Promise<unknown>

/**
 * The gateway of the plan in a directory, behind an HTTP API with payload format 2.0; the environment names the table and
 * the rest. Reads files only: the clients are made when the first request comes. Throws if the deployment is incomplete.
 */
export async function mountGateway(directory: string, env: Environment): Promise<Handler> {
  const deployment = await readDeployment(directory, env)
  let mounted: ReturnType<typeof handle> | undefined
  return async (event) => {
    mounted ??= handle(gatewayApp(optionsOf(deployment, directory, env)))
    return await mounted(presentable(event))
  }
}

/**
 * The event without what no `Request` can be made of, which would fail before the app sees it: a body where there is
 * none, characters that no header can have. Cookies are not used.
 */
function presentable({ cookies: _, ...event }: HttpEvent): HttpEvent {
  const { method } = event.requestContext.http
  const headers = Object.fromEntries(
    Object.entries(event.headers).filter(([, value]) => !/[^\t\x20-\x7e\x80-\xff]/.test(value ?? '')),
  )
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return { ...event, headers, body: hasBody ? event.body : null }
}

function optionsOf(deployment: Deployment, directory: string, env: Environment): GatewayOptions {
  const { decisions, gatewayUrl } = deployment
  const world = awsWorld(deployment, stdoutLog(lambdaStamp(), env.AL_LOG_LEVEL))
  return {
    plane: controlPlane(world),
    decisions,
    secrets: cached(secretsManager(world.log), world.clock.now),
    handout: handoutsIn(directory),
    clock: world.clock,
    log: world.log,
    random: world.random,
    // The platform's word, which no header can change.
    addressOf: (c) => contextOf(c.env)?.http?.sourceIp,
    requestIdOf: (c) => contextOf(c.env)?.requestId,
    logsAt: 'in CloudWatch Logs',
    url: gatewayUrl,
  }
}

/** What hono takes over from the event. */
const contextOf = (env: unknown): ApiGatewayRequestContextV2 | undefined =>
  (env as { readonly requestContext?: ApiGatewayRequestContextV2 } | undefined)?.requestContext
