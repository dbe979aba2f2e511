import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlPlane } from '../../core/scheduler/control-plane.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { parseSecret, type Session } from '../../core/scheduler/session.ts'
import { rulesOf } from '../../core/scheduler/world.ts'
import { sqliteStore } from '../../functions/stores/sqlite.ts'
import { type Load, load, type Shot } from './load.ts'
import { agentName, decisions, signedBodies } from './project.ts'
import { startServer } from './server.ts'

const clients = 32
const ms = 4000
const rounds = 3

/** Signed webhooks: ours, which are in the store before the answer, and a server that only checks the signature. */
export async function webhooks(): Promise<{ readonly ours: Load; readonly bare: Load }> {
  const bodies = signedBodies()
  const shoot = (client: number, n: number): Shot => {
    const { body, signature } = bodies[(client * 31 + n) % bodies.length] as (typeof bodies)[number]
    const headers = {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-github-event': 'issues',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signature,
    }
    return { path: '/webhooks/github', headers, body }
  }
  const results = { ours: [] as Load[], bare: [] as Load[] }
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['bare', 'ours'] as const) {
      const server = await startServer(kind)
      await load(server.url, clients, 1000, shoot)
      results[kind].push(await load(server.url, clients, ms, shoot))
      await server.stop()
    }
  }
  return { ours: median(results.ours), bare: median(results.bare) }
}

/** Lock acquire and release over HTTP, by 32 runs at once, each its own lock. A pair is two requests. */
export async function lockPairsOverHttp(): Promise<Load> {
  const results: Load[] = []
  for (let round = 0; round < rounds; round++) {
    const server = await startServer('ours')
    const shoot = (client: number, n: number): Shot => {
      const body = JSON.stringify({ resourceKey: `github issue acme/app#${client}` })
      const headers = {
        'content-type': 'application/json',
        'content-length': String(body.length),
        authorization: `Bearer ${server.sessions[client]}`,
      }
      return { path: n % 2 === 0 ? '/locks/acquire' : '/locks/release', headers, body }
    }
    await load(server.url, clients, 1000, shoot)
    results.push(await load(server.url, clients, ms, shoot))
    await server.stop()
  }
  const { perSecond, ...times } = median(results)
  return { ...times, perSecond: perSecond / 2 }
}

/** The same without HTTP: 32 runs at once, in this process. */
export async function lockPairsInProcess(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'al-bench-'))
  const store = sqliteStore({ file: join(directory, 'state.db') })
  const orders: LaunchOrder[] = []
  const plane = controlPlane({
    store,
    launcher: {
      async launch(order) {
        orders.push(order)
        return { kind: 'started' }
      },
      async stop() {},
    },
    rules: rulesOf(decisions),
    clock: { now: Date.now, sleep: (wait) => new Promise((resolve) => setTimeout(resolve, wait)) },
    random: randomBytes,
    log: () => {},
  })
  const sessions: Session[] = []
  for (let i = 0; i < clients; i++) {
    await plane.trigger({ agent: agentName(i), trigger: { kind: 'manual' }, whenBusy: 'refuse' })
    const order = orders.at(-1) as LaunchOrder
    const session = parseSecret(`${order.run}.${randomBytes(32).toString('base64url')}`) as Session
    await plane.claim({ ...session, ticket: order.ticket, session: session.hash })
    sessions.push(session)
  }
  let pairs = 0
  const began = performance.now()
  await Promise.all(
    sessions.map(async (session, i) => {
      const key = `github issue acme/app#${i}`
      while (performance.now() - began < ms) {
        const held = await plane.acquireLock(session, { key })
        if (held.kind !== 'held') throw new Error(`the lock is ${held.kind}`)
        await plane.releaseLock(session, { key })
        pairs += 1
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  await store.close()
  rmSync(directory, { recursive: true })
  return pairs / seconds
}

const median = (loads: readonly Load[]): Load => {
  const middle = [...loads].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(loads.length / 2)]
  if (middle === undefined) throw new Error('nothing measured')
  return middle
}
