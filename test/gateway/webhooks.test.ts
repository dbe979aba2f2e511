import { afterEach, describe, expect, test } from 'vitest'
import type { Store } from '../../core/store.ts'
import { mostUnproven } from '../../functions/gateway/rate-limit.ts'
import { agent, canaries, gatewayHost, type Host, hmac, push, stores, webhook } from './gateway-host.ts'

const listens = (source: string, filters = {}) => ({ triggers: [{ source, filters }] })

describe.each(Object.entries(stores))('webhooks on %s', (_name, store) => {
  let host: Host
  afterEach(() => host.store.close())
  const github = (more: Parameters<typeof gatewayHost>[0] = {}) =>
    gatewayHost({
      store,
      webhooks: [webhook('github', 'github')],
      agents: [
        agent('dev', listens('github')),
        agent('docs', listens('github', { branches: ['docs'] })),
        agent('off', { ...listens('github'), scale: 0 }),
      ],
      ...more,
    })
  const post = (ask: ReturnType<typeof push>, path = '/webhooks/github') => host.ask('POST', path, ask)

  test('a signed delivery makes one run of every agent that matches; sent again it makes none', async () => {
    host = github()
    const first = await post(push('d1'))
    const [order] = host.launches
    expect(first.status).toBe(200)
    expect(first.body).toEqual({
      ok: true,
      matched: 1,
      skipped: 0,
      runs: [{ agent: 'dev', run: order?.run, state: 'started' }],
      duplicates: [],
    })
    const again = await post(push('d1'))
    expect(again.body).toEqual({
      ok: true,
      matched: 1,
      skipped: 1,
      runs: [],
      duplicates: [{ agent: 'dev', run: order?.run }],
    })
    expect((await post(push('d2'))).body.runs).toMatchObject([{ agent: 'dev', state: 'queued' }])
    const claimed = await host.ask('POST', '/runs/claim', {
      headers: { authorization: `Bearer ${order?.run}.${order?.ticket}` },
      body: { session: 'a'.repeat(64) },
    })
    expect(claimed.body).toMatchObject({
      trigger: { kind: 'webhook', source: 'github', event: 'push', delivery: 'd1' },
      input: { source: 'github', event: 'push', repo: 'acme/site', branch: 'main', sender: 'ada' },
    })
  })

  test('the query is no part of the path', async () => {
    host = github()
    expect(await post(push('d1'), '/webhooks/github?a=b')).toMatchObject({ status: 200 })
  })

  test('a bad signature is 401 and writes nothing', async () => {
    let reads = 0
    let writes = 0
    const counting = (now: () => number): Store => {
      const inner = (stores[_name] ?? store)(now)
      return {
        get: async (keys) => {
          reads++
          return await inner.get(keys)
        },
        list: async (...args) => {
          reads++
          return await inner.list(...args)
        },
        commit: async (all) => {
          writes++
          return await inner.commit(all)
        },
        close: () => inner.close(),
      }
    }
    host = github({ store: counting })
    for (const ask of [push('d1', { secret: 'other' }), { body: '{}' }, { ...push('d1'), body: 'changed' }]) {
      const { status, body } = await post(ask)
      expect([status, body]).toEqual([401, { error: 'signature validation failed' }])
    }
    expect([reads, writes]).toEqual([0, 0])
    expect(host.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', detail: expect.stringContaining('github') }),
    )
  })

  test('an unknown source is 404 without its body being read', async () => {
    host = github()
    expect(await post(push('d1'), '/webhooks/other')).toMatchObject({
      status: 404,
      body: { error: 'unknown webhook source: other' },
    })
  })

  test('a secret that is not stored is 401; one that was replaced holds at once; a store that fails is 503', async () => {
    host = github({ stored: new Map() })
    expect(await post(push('d1'))).toMatchObject({ status: 401 })
    await host.store.close()
    host = github({ options: { secrets: { read: async () => 'old', refresh: async () => canaries.github } } })
    expect(await post(push('d1'))).toMatchObject({ status: 200 })
    await host.store.close()
    const broken = async () => {
      throw new Error('no answer')
    }
    host = github({ options: { secrets: { read: broken, refresh: broken } } })
    const failed = await post(push('d1'))
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '5'])
  })

  test('a full queue is 503 with who has it and who has not; sent again, only the missing runs are made', async () => {
    host = github({
      agents: [agent('dev', listens('github')), agent('docs', { ...listens('github'), scale: 4 })],
      limits: { workQueueSize: 1 },
    })
    await post(push('d1'))
    await post(push('d2'))
    const { status, body, headers } = await post(push('d3'))
    expect([status, headers.get('retry-after')]).toEqual([503, '30'])
    expect(body.refused).toEqual([{ agent: 'dev', why: 'full' }])
    expect(body.accepted).toMatchObject([{ agent: 'docs', state: 'started' }])
    const running = host.launches.find(({ agent }) => agent.name === 'dev')
    await host.control('POST', `/control/kill/${running?.run}`)
    const again = await post(push('d3'))
    expect(again.body).toMatchObject({ matched: 2, runs: [{ agent: 'dev' }], duplicates: [{ agent: 'docs' }] })
  })

  test('a store that fails for one agent is 503, and the others have their runs', async () => {
    let failing = true
    const flaky = (now: () => number): Store => {
      const inner = store(now)
      return {
        ...inner,
        commit: async (writes) => {
          if (failing && writes.some(({ key }) => key.pk === 'runs#a7')) throw new Error('store gone')
          return await inner.commit(writes)
        },
      }
    }
    host = github({ agents: Array.from({ length: 20 }, (_, i) => agent(`a${i}`, listens('github'))), store: flaky })
    const first = await post(push('d1'))
    expect(first.status).toBe(503)
    expect(first.body.refused).toEqual([{ agent: 'a7', why: 'internal error' }])
    expect(first.body.accepted).toHaveLength(19)
    failing = false
    expect((await post(push('d1'))).body).toMatchObject({ matched: 20, skipped: 19, runs: [{ agent: 'a7' }] })
  })

  test('while paused deliveries wait', async () => {
    host = github()
    await host.control('POST', '/control/pause')
    expect((await post(push('d1'))).body.runs).toMatchObject([{ state: 'queued' }])
    expect(host.launches).toEqual([])
    await host.control('POST', '/control/resume')
    expect(host.launches).toHaveLength(1)
  })

  test('what is signed and no event matches nothing, what is signed and no JSON is refused', async () => {
    host = github()
    const { headers = {} } = push('d1')
    const { 'x-github-event': _, ...withoutEvent } = headers
    expect(await post({ ...push('d1'), headers: withoutEvent })).toMatchObject({
      status: 200,
      body: { ok: true, matched: 0, skipped: 0 },
    })
    const broken = { ...headers, 'x-hub-signature-256': `sha256=${hmac('{', canaries.github)}` }
    expect(await post({ body: '{', headers: broken })).toMatchObject({ status: 400 })
  })

  test('type test takes what comes where it is allowed, and every delivery counts', async () => {
    host = gatewayHost({
      store,
      webhooks: [webhook('test', 'test', { unsigned: 'accepted' })],
      agents: [agent('dev', listens('test'))],
    })
    for (const state of ['started', 'queued']) {
      expect((await host.ask('POST', '/webhooks/test', { body: { event: 'x' } })).body.runs).toMatchObject([{ state }])
    }
  })
})

test('a body over 4 MiB is refused while it comes in, and the rest of it is not read', async () => {
  const host = gatewayHost({ webhooks: [webhook('github', 'github')] })
  const chunk = new Uint8Array(256 * 1024)
  let sent = 0
  let cancelled = false
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += chunk.byteLength
      controller.enqueue(chunk)
    },
    cancel() {
      cancelled = true
    },
  })
  const request = (headers = {}) =>
    new Request('http://localhost/webhooks/github', { method: 'POST', body: endless, duplex: 'half', headers })
  const response = await host.app.request(request())
  expect([response.status, await response.json()]).toEqual([413, { error: 'payload too large' }])
  expect(cancelled).toBe(true)
  expect(sent).toBeLessThan(5 * 1024 * 1024)

  const announced = await host.app.request(
    new Request('http://localhost/webhooks/github', {
      method: 'POST',
      body: new ReadableStream({ pull: () => Promise.reject(new Error('must not be read')) }, { highWaterMark: 0 }),
      duplex: 'half',
      headers: { 'content-length': String(4 * 1024 * 1024 + 1) },
    }),
  )
  expect(announced.status).toBe(413)
})

test('whoever proves nothing gets 429 after a while, whatever it says of itself; whoever proves himself never', async () => {
  const host = gatewayHost({ webhooks: [webhook('github', 'github')], agents: [agent('dev', listens('github'))] })
  const bad = (i: number) =>
    host.ask('POST', '/webhooks/github', {
      ...push('d', { secret: 'other' }),
      headers: { 'x-forwarded-for': `10.0.0.${i}`, 'x-real-ip': `10.0.0.${i}` },
    })
  for (let i = 0; i < mostUnproven; i++) expect((await bad(i)).status).toBe(401)
  const { status, headers, body } = await bad(1)
  expect([status, headers.get('retry-after'), body]).toEqual([429, '60', { error: 'too many requests' }])
  expect(await host.ask('GET', '/nothing')).toMatchObject({ status: 429 })
  expect(await host.ask('POST', '/webhooks/nothing')).toMatchObject({ status: 429 })
  expect(await host.ask('GET', '/control/status')).toMatchObject({ status: 429 })
  expect(await host.ask('GET', '/runs/self')).toMatchObject({ status: 429 })
  expect(await host.ask('POST', '/webhooks/github', push('d1'))).toMatchObject({ status: 200 })
  expect(await host.control('GET', '/control/status')).toMatchObject({ status: 200 })
  const dev = await host.claim(host.launches[0]?.run ?? '')
  expect(await host.ask('GET', '/runs/self', { headers: dev.headers })).toMatchObject({ status: 200 })
  host.advance(60_000)
  expect(await bad(1)).toMatchObject({ status: 401 })
})
