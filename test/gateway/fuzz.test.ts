import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gatewayRoutes } from '../../functions/gateway/app.ts'
import { agent, type Container, canaries, gatewayHost, hmac, webhook } from './gateway-host.ts'

/** Whatever is sent, with a right to ask or without, gets an answer that the route declares, soon, and leaves nothing behind. */

const RUNS = process.env.CI ? 5_000 : 2_000
/** Milliseconds. */
const slowest = 5_000

const sources = ['github', 'sentry', 'linear', 'mintlify', 'test'] as const
const agents = ['dev', 'review'].map((name) =>
  agent(name, { scale: 3, triggers: sources.map((source) => ({ source, filters: {} })) }),
)
const webhooks = sources.map((source) =>
  source === 'test'
    ? webhook(source, source, { unsigned: 'accepted' })
    : webhook(source, source, { secret: 'al/github' }),
)

const host = gatewayHost({ agents, webhooks, limits: { workQueueSize: 20 } })
const routes = new Map(gatewayRoutes(host.options).map((route) => [`${route.method} ${route.path}`, route]))

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom('', '__proto__', 'dev'),
)
const fields = ['secret', 'resourceKey', 'ttl', 'fence', 'targetAgent', 'context', 'text', 'value', 'reason', 'details']
const more = [
  'session',
  'container',
  'usage',
  'outcome',
  'code',
  'result',
  'modelRefused',
  'input',
  '__proto__',
  'constructor',
]
const value = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.constantFrom(null, true, 'review', 'completed', 'rerun', 'error', 'quota', 'a'.repeat(64), -1, 1e308),
  fc.jsonValue(),
)
const object = fc
  .dictionary(fc.constantFrom(...fields, ...more), value, { maxKeys: 8 })
  .map((all) => JSON.stringify(all))
const body = fc.oneof(
  { weight: 5, arbitrary: object },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2000 }) },
  { weight: 1, arbitrary: fc.constantFrom(`{"input":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, '', '\ufeff{}') },
)

/** Header values as any client could send them: no control characters, the rest is allowed. */
const headerValue = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
})
const headerName = fc.constantFrom(
  ...[
    'authorization',
    'content-type',
    'content-length',
    'idempotency-key',
    'x-forwarded-for',
    'cookie',
    'x-github-event',
  ],
  ...['x-github-delivery', 'x-hub-signature-256', 'linear-signature', 'accept', 'x-request-id', 'transfer-encoding'],
)
const headers = fc.dictionary(headerName, headerValue, { maxKeys: 5 })
const query = fc.dictionary(
  fc.constantFrom('secret', 'lines', 'cursor', 'after', 'before', 'limit', '__proto__'),
  fc.oneof(text, fc.constantFrom('1', '-1', '1e99', '%00', 'NaN')),
  { maxKeys: 4 },
)

const sometimes = <Value>(arbitrary: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const request = fc.record({
  route: fc.constantFrom(...routes.keys()),
  /** Sometimes any method on any path. */
  method: sometimes(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD')),
  path: sometimes(fc.webPath()),
  param: fc.oneof(text, fc.constantFrom('dev', 'review', 'github', 'linear', '%', '%ff', '..', 'own')),
  query,
  headers,
  body,
  proof: fc.constantFrom('none', 'right', 'wrong'),
})
type Request = typeof request extends fc.Arbitrary<infer One> ? One : never

async function send({ method, path, param, query, headers, body, proof, ...one }: Request, run: Container) {
  const route = routes.get(one.route)
  if (route === undefined) throw new Error(`there is no route ${one.route}`)
  const filled = route.path.replace(/:\w+/g, () => (param === 'own' ? run.run : safe(param)))
  const search = new URLSearchParams(query).toString()
  const verb = method ?? route.method
  const hasBody = verb !== 'GET' && verb !== 'HEAD'
  const signature = hmac(body, proof === 'right' ? canaries.github : 'wrong')
  const proofs = {
    authorization: `Bearer ${route.access === 'key' ? canaries.key : run.secret}${proof === 'wrong' ? 'x' : ''}`,
    'x-hub-signature-256': `sha256=${signature}`,
    'linear-signature': signature,
    'sentry-hook-signature': signature,
    'x-mintlify-signature': signature,
  }
  return await host.ask(verb, `${path ?? filled}?${search}`, {
    headers: { ...headers, ...(proof !== 'none' && proofs) },
    ...(hasBody && { body }),
  })
}

/** As a client would write it into a path; a lone surrogate cannot be. */
const safe = (param: string): string => (param.startsWith('%') ? param : encodeURIComponent(param.toWellFormed()))

async function freshRun(): Promise<Container> {
  await host.plane.killAgent('dev')
  host.advance(600_000)
  await host.plane.sweep()
  await host.plane.resumeProject()
  await host.plane.resumeAgent('dev')
  for (let i = 0; i < 20; i++) {
    const run = await host.start('dev').catch(() => undefined)
    if (run !== undefined) return run
    // The queue goes first.
    await host.plane.killAgent('dev')
    host.advance(600_000)
    await host.plane.sweep()
  }
  throw new Error('no run could be started')
}

test('no request breaks the gateway: never a 500, never slow, always as declared', async () => {
  let run = await freshRun()
  let count = 0
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(request, async (one) => {
      if (count++ % 200 === 0) run = await freshRun()
      const start = performance.now()
      const { status, text } = await send(one, run)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      host.lines.length = 0
      expect(status, text).not.toBe(500)
      expect(performance.now() - start).toBeLessThan(slowest)
    }),
    { numRuns: RUNS, seed: process.env.SEED ? Number(process.env.SEED) : undefined },
  )
  // It has seen both sides of every door, or it has tested nothing.
  for (const status of [200, 400, 401, 403, 404, 405, 409]) expect(statuses.get(status), `${status}`).toBeGreaterThan(0)
}, 120_000)

test('requests that prove nothing leave no memory behind, wherever they say they come from', async () => {
  setFlagsFromString('--expose_gc')
  const collect = runInNewContext('gc') as () => void
  let sender = 0
  const quiet = gatewayHost({
    agents,
    webhooks,
    options: { addressOf: () => `2001:db8:${(sender++).toString(16)}::1`, log() {} },
  })
  const batch = async (from: number) => {
    for (let i = from; i < from + 6000; i++) {
      const headers = { authorization: `Bearer dev-${String(i).padStart(20, '0')}.${'x'.repeat(43)}` }
      await quiet.app.request(`/nothing/${i}`)
      await quiet.app.request('/locks/acquire', { method: 'POST', headers, body: `{"resourceKey":"${i}"}` })
      await quiet.app.request('/webhooks/github', { method: 'POST', headers, body: String(i) })
    }
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = await batch(0)
  const after = await batch(6000)
  expect(after - before).toBeLessThan(4 * 1024 * 1024)
}, 60_000)
