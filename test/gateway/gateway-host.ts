import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { expect } from 'vitest'
import type { AgentRule, Decisions, Handout } from '../../core/plan/decisions.ts'
import { type ControlPlane, controlPlane } from '../../core/scheduler/control-plane.ts'
import type { LaunchOrder, StopTarget } from '../../core/scheduler/launcher.ts'
import { hashOf } from '../../core/scheduler/run.ts'
import { rulesOf, type World } from '../../core/scheduler/world.ts'
import type { Store } from '../../core/store.ts'
import { gatewayApp, gatewayRoutes } from '../../functions/gateway/app.ts'
import { answersOf } from '../../functions/gateway/openapi.ts'
import type { GatewayOptions } from '../../functions/gateway/options.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import { sqliteStore } from '../../functions/stores/sqlite.ts'

/** Values that must never be seen anywhere. */
export const canaries = {
  key: 'canary-key-0123456789abcdefghijklmnopqrstuv',
  github: 'canary-github-secret',
}

export const noon = Date.UTC(2026, 2, 1, 12)

export const agent = (name: string, more: Partial<AgentRule> = {}): AgentRule => ({
  name,
  resource: `al-acme_default_${name}`,
  scale: 1,
  limitSeconds: 900,
  timeoutSeconds: 870,
  triggers: [],
  compute: 'lambda',
  model: 'anthropic/claude',
  ...more,
})

export interface HostSettings {
  readonly store?: (now: () => number) => Store
  readonly agents?: readonly AgentRule[]
  readonly limits?: Partial<Decisions['limits']>
  readonly webhooks?: Decisions['webhooks']
  /** What is stored of the gateway's secrets, by id; the canaries when absent. */
  readonly stored?: Map<string, string>
  readonly options?: Partial<GatewayOptions>
}

export const webhook = (
  source: string,
  provider: Decisions['webhooks'][number]['provider'],
  more: Partial<Decisions['webhooks'][number]> = { secret: `al/${source}` },
): Decisions['webhooks'][number] => ({
  source,
  provider,
  paths: [...new Set([`/webhooks/${source}`, `/webhooks/${provider}`])],
  unsigned: 'refused',
  ...more,
})

/** A page of the dashboard as small as can be. */
const page: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html>',
  'app-0.js': '1',
  'icon.svg': '<svg/>',
}

/** A gateway with everything real but the cloud: what it would start and stop is written down. */
export function gatewayHost(settings: HostSettings = {}) {
  let now = noon
  const launches: LaunchOrder[] = []
  const stops: StopTarget[] = []
  const lines: { level: string; message: string; [field: string]: unknown }[] = []
  const stored =
    settings.stored ?? new Map([['al/key', canaries.key] as const, ['al/github', canaries.github] as const])
  const decisions: Decisions = {
    version: 1,
    project: 'acme',
    environment: 'default',
    names: { prefix: 'p', stack: 's', table: 't', gateway: 'g', scheduler: 's', rolePath: '/' },
    limits: { workQueueSize: 100, maxReruns: 10, maxCallDepth: 3, lockTimeoutSeconds: 1800, ...settings.limits },
    webhooks: settings.webhooks ?? [],
    secrets: [
      { id: 'al/key', type: 'gateway_api_key', instance: 'default', field: 'key', optional: false, why: 'control' },
    ],
    agents: settings.agents ?? [agent('dev'), agent('review')],
  }
  const clock: World['clock'] = { now: () => now, sleep: async () => {} }
  const log: World['log'] = (level, message, fields) => void lines.push({ ...fields, level, message })
  const store = (settings.store ?? memoryStore)(() => now)
  const launcher: World['launcher'] = {
    async launch(order) {
      launches.push(order)
      return { kind: 'started' }
    },
    async stop(target) {
      stops.push(target)
    },
  }
  const plane = controlPlane({ store, launcher, rules: rulesOf(decisions), clock, random: randomBytes, log })
  const options: GatewayOptions = {
    plane,
    decisions,
    secrets: { read: async (id) => stored.get(id), refresh: async (id) => stored.get(id) },
    handout: async (name) =>
      decisions.agents.some((one) => one.name === name)
        ? ({ name, params: { repo: 'acme/site' } } as unknown as Handout)
        : undefined,
    clock,
    log,
    random: randomBytes,
    addressOf: () => '192.0.2.1',
    dashboard: async (name) => (Object.hasOwn(page, name) ? Buffer.from(page[name] ?? '') : undefined),
    ...settings.options,
  }
  const app = gatewayApp(options)
  const ask = asker(app, gatewayRoutes(options))
  const asOperator = { authorization: `Bearer ${canaries.key}` }
  return {
    app,
    plane,
    options,
    store,
    launches,
    stops,
    lines,
    stored,
    ask,
    advance: (ms: number) => {
      now += ms
    },
    /** As an operator. */
    control: (method: 'GET' | 'POST', path: string, body?: unknown) => ask(method, path, { body, headers: asOperator }),
    /** Starts a run by hand and claims it, as its container would. */
    async start(name: string): Promise<Container> {
      const triggered = await plane.trigger({ agent: name, trigger: { kind: 'manual' }, whenBusy: 'refuse' })
      if (triggered.kind !== 'started') throw new Error(`${name} did not start: ${JSON.stringify(triggered)}`)
      return await claim(plane, launches, triggered.run)
    },
    claim: (run: string) => claim(plane, launches, run),
  }
}

export type Host = ReturnType<typeof gatewayHost>

export interface Container {
  readonly run: string
  readonly secret: string
  readonly headers: { readonly authorization: string }
}

async function claim(plane: ControlPlane, launches: readonly LaunchOrder[], run: string): Promise<Container> {
  const order = launches.findLast((one) => one.run === run)
  if (order === undefined) throw new Error(`${run} was not launched`)
  const secret = `${run}.${randomBytes(32).toString('base64url')}`
  const { agent, suffix, ticket } = order
  const claimed = await plane.claim({ agent: agent.name, suffix, ticket, session: hashOf(secret) })
  if (claimed.kind !== 'granted') throw new Error(`${run} was not granted: ${claimed.kind}`)
  return { run, secret, headers: { authorization: `Bearer ${secret}` } }
}

export interface Ask {
  /** Sent as JSON, unless it is text or bytes. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever the test looks for in it
  readonly body: any
  readonly text: string
  readonly headers: Headers
}

/** Asks the app, and holds every answer against what the route declares: its status, and the shape of its body. */
function asker(app: Hono, routes: ReturnType<typeof gatewayRoutes>) {
  const patterns = routes.map((route) => {
    const regex = new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`)
    return { route, regex }
  })
  return async (method: string, path: string, { body, headers }: Ask = {}): Promise<Answered> => {
    const raw = typeof body === 'string' || body instanceof Uint8Array
    const init = body === undefined ? {} : { body: raw ? Buffer.from(body) : JSON.stringify(body) }
    const url = `http://localhost${path}`
    const response = await app.request(url, { method, headers, ...init })
    const text = await response.text()
    const { status } = response
    const plain = new URL(url).pathname
    const found = patterns.filter(({ route, regex }) => route.method === method && regex.test(plain))
    const known = found.find(({ route }) => !route.path.includes(':')) ?? found[0]
    const isJson = response.headers.get('content-type') === 'application/json'
    const parsed = text === '' ? undefined : isJson ? JSON.parse(text) : Buffer.from(text)
    const answered = { status, text, headers: response.headers, body: parsed }
    if (known !== undefined) {
      const shape = answersOf(known.route)[status]
      expect(shape, `${method} ${known.route.path} does not declare ${status}: ${text.slice(0, 200)}`).toBeDefined()
      expect(
        shape?.safeParse(answered.body).error,
        `${method} ${known.route.path} ${status}: ${text.slice(0, 200)}`,
      ).toBe(undefined)
    }
    return answered
  }
}

export const hmac = (body: string | Uint8Array, secret: string): string =>
  createHmac('sha256', secret).update(body).digest('hex')

/** A signed delivery of GitHub. */
export function push(delivery: string, { branch = 'main', secret = canaries.github } = {}): Ask {
  const body = JSON.stringify({
    ref: `refs/heads/${branch}`,
    repository: { full_name: 'acme/site' },
    sender: { login: 'ada' },
  })
  return {
    body,
    headers: {
      'x-github-event': 'push',
      'x-github-delivery': delivery,
      'x-hub-signature-256': `sha256=${hmac(body, secret)}`,
    },
  }
}

/** The stores that everything here is to be the same on. */
export const stores: Readonly<Record<string, (now: () => number) => Store>> = {
  memory: (now) => memoryStore(now),
  sqlite(now) {
    const directory = mkdtempSync(join(tmpdir(), 'al-gateway-'))
    const store = sqliteStore({ file: join(directory, 'state.db'), now })
    return {
      ...store,
      async close() {
        await store.close()
        rmSync(directory, { recursive: true })
      },
    }
  },
}
