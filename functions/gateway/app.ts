import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { Busy } from '../../core/scheduler/settle.ts'
import { later, ok, refused } from './answer.ts'
import { loginRoutes } from './dashboard/login.ts'
import { pageRoutes } from './dashboard/pages.ts'
import { SecretsUnavailable } from './gateway-secrets.ts'
import { redacting } from './log.ts'
import { openApi } from './openapi.ts'
import type { GatewayOptions } from './options.ts'
import { requestLine } from './request-line.ts'
import { type Route, route } from './route.ts'
import { callRoutes } from './routes/calls.ts'
import { controlRoutes } from './routes/control.ts'
import { controlAgentRoutes } from './routes/control-agents.ts'
import { controlCallRoutes } from './routes/control-calls.ts'
import { controlCostRoutes } from './routes/control-costs.ts'
import { controlDeliveryRoutes } from './routes/control-deliveries.ts'
import { controlRunRoutes } from './routes/control-runs.ts'
import { lockRoutes } from './routes/locks.ts'
import { logRoutes } from './routes/logs.ts'
import { runRoutes } from './routes/runs.ts'
import { signalRoutes } from './routes/signals.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { respond, serve } from './serve.ts'

/** Every route there is. The app serves them, and the OpenAPI document describes them. */
export function gatewayRoutes(options: GatewayOptions): readonly Route[] {
  const routes: Route[] = [
    route({
      method: 'GET',
      path: '/health',
      access: 'open',
      summary: 'Whether the gateway answers.',
      answers: { 200: z.object({ status: z.literal('ok') }) },
      handle: () => ok({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/openapi.json',
      access: 'open',
      summary: 'This document.',
      answers: { 200: z.record(z.string(), z.unknown()) },
      handle: () => ok(openApi(routes)),
    }),
    ...runRoutes(options),
    ...lockRoutes(options),
    ...callRoutes(options),
    ...signalRoutes(options),
    ...webhookRoutes(options),
    ...controlRoutes(options),
    ...controlAgentRoutes(options),
    ...controlRunRoutes(options),
    ...controlCallRoutes(options),
    ...controlDeliveryRoutes(options),
    ...controlCostRoutes(options),
    ...logRoutes(options),
    ...(options.dashboard === undefined ? [] : [...pageRoutes(options, options.dashboard), ...loginRoutes(options)]),
  ]
  return routes
}

/** What a container needs: the life of its run, its locks, calls and signals, each with the run's own secret. */
export const forContainers = ({ access, path }: Route): boolean =>
  access === 'bearer' || access === 'session' || path === '/health'

/**
 * The gateway: what the outside world and running agents speak to. One app, mounted on every host. `offers` leaves routes
 * out where not everybody is to reach them; they answer as if there were none.
 */
export function gatewayApp(given: GatewayOptions, offers: (route: Route) => boolean = () => true): Hono {
  const options = { ...given, log: redacting(given.log) }
  const routes = gatewayRoutes(options).filter(offers)
  const app = new Hono()
  app.use(requestLine(options))
  for (const one of routes) app.on(one.method, one.path, serve(one, options))
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(path, (c) => respond(refused(405, `use ${methods}`, { allow: methods }), c.get('notes')))
  }
  app.notFound((c) => {
    const notes = c.get('notes')
    notes.unproven = true
    return respond(refused(404, 'no such route: see /openapi.json'), notes)
  })
  app.onError((error, c) => failure(options, error, c))
  return app
}

function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, string> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of routes) {
    const known = methods.get(path) ?? []
    methods.set(path, [...known, ...(method === 'GET' ? ['GET', 'HEAD'] : [method])])
  }
  return new Map([...methods].map(([path, names]) => [path, names.join(', ')]))
}

function failure({ log }: GatewayOptions, error: Error, c: Context): Response {
  const notes = c.get('notes')
  const { requestId } = notes
  if (error instanceof Busy) return respond(refused(503, 'too busy: try again', later(1)), notes)
  const cause = error.cause instanceof Error ? error.cause.message : undefined
  log('error', 'request failed', { requestId, error: error.message, cause, stack: error.stack })
  if (error instanceof SecretsUnavailable) {
    return respond(refused(503, 'the secret store does not answer: try again', later(5)), notes)
  }
  return respond({ status: 500, body: { error: 'internal error', requestId } }, notes)
}
