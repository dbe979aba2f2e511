import { Hono } from 'hono'

/**
 * The gateway: what the outside world and running agents speak to. One app, mounted on every host.
 *
 * The control plane behind the other routes is not part of this release. They say so, with a status that no sender takes
 * for a success: a webhook answered 501 counts as failed on the sender's side and can be redelivered.
 */
export function gatewayApp(): Hono {
  const app = new Hono()
  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.all('*', (c) =>
    c.json(
      {
        error: `${c.req.method} ${c.req.path} is not implemented: this release deploys agents but does not start them`,
      },
      501,
    ),
  )
  return app
}
