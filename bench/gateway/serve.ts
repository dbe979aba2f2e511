import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { hashOf } from '../../core/scheduler/run.ts'
import { parseSecret } from '../../core/scheduler/session.ts'
import { localHost } from '../../functions/local/host.ts'
import { agentName, decisions, secret } from './project.ts'

/**
 * One server of the bench, as a process of its own: `ours` with SQLite, or `bare`, which checks the same signature and does
 * nothing else. Says in a line of JSON where it listens, and as whom one may speak.
 */
if (process.argv[2] === 'bare') {
  const app = new Hono()
  app.post('/webhooks/github', async (c) => {
    const body = Buffer.from(await c.req.arrayBuffer())
    const wanted = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
    const given = Buffer.from(c.req.header('x-hub-signature-256') ?? '')
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return c.json({ error: 'signature' }, 401)
    return c.json({ ok: true })
  })
  serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
    say({ url: `http://127.0.0.1:${port}`, sessions: [] }),
  )
} else {
  const directory = mkdtempSync(join(process.env.AL_BENCH_DIR ?? tmpdir(), 'al-bench-'))
  const orders: LaunchOrder[] = []
  const host = await localHost({
    decisions,
    storeFile: join(directory, 'state.db'),
    hostname: '127.0.0.1',
    port: 0,
    log: () => {},
    handout: async () => undefined,
    secrets: { read: async () => secret, refresh: async () => secret },
    launcher: () => ({
      async launch(order) {
        orders.push(order)
        return { kind: 'started' }
      },
      async stop() {},
    }),
  })
  const sessions: string[] = []
  for (let i = 0; i < 32; i++) {
    await host.plane.trigger({ agent: agentName(i), trigger: { kind: 'manual' }, whenBusy: 'refuse' })
    const order = orders.at(-1)
    const bearer = `${order?.run}.${randomBytes(32).toString('base64url')}`
    const session = parseSecret(bearer)
    if (order === undefined || session === undefined) throw new Error('no run to speak for')
    await host.plane.claim({ ...session, ticket: order.ticket, session: hashOf(bearer) })
    sessions.push(bearer)
  }
  // What is measured is accepting. Runs end here as they would elsewhere, but at no cost: their slots are taken away.
  const slots = new DatabaseSync(join(directory, 'state.db'))
  slots.exec('PRAGMA synchronous = OFF')
  const freeSlots = slots.prepare("DELETE FROM items WHERE pk = 'live'")
  setInterval(() => {
    try {
      freeSlots.run()
    } catch {
      // A commit is on its way to the disk: the next turn will do.
    }
  }, 20)
  process.once('SIGTERM', () => {
    void host.close().then(() => {
      rmSync(directory, { recursive: true })
      process.exit()
    })
  })
  say({ url: host.url, sessions })
}

function say(where: { readonly url: string; readonly sessions: readonly string[] }): void {
  console.log(JSON.stringify(where))
}
