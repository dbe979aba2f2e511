import { afterEach, describe, expect, test } from 'vitest'
import { agent, type Container, gatewayHost, type Host, stores } from './gateway-host.ts'

describe.each(Object.entries(stores))('calls on %s', (_name, store) => {
  let host: Host
  afterEach(() => host.store.close())
  const call = (who: Container, targetAgent: string, context = 'please', headers = {}) =>
    host.ask('POST', '/calls', { headers: { ...who.headers, ...headers }, body: { targetAgent, context } })
  const check = (who: Container, id: string) => host.ask('GET', `/calls/${id}`, { headers: who.headers })

  test('a call is pending, running, and completed with what its run returned', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const busy = await host.start('review')
    const { status, body } = await call(dev, 'review', 'look at "this"\n')
    expect(status).toBe(200)
    expect(body).toEqual({ ok: true, callId: expect.stringMatching(/^review-[a-z0-9]{20}$/) })
    expect((await check(dev, body.callId)).body).toEqual({ status: 'pending', waitsFor: [busy.run] })
    await host.ask('POST', '/runs/finish', { headers: busy.headers, body: { outcome: 'completed' } })
    expect((await check(dev, body.callId)).body).toEqual({ status: 'running' })
    const review = await host.claim(body.callId)
    await host.ask('POST', '/runs/finish', {
      headers: review.headers,
      body: { outcome: 'completed', result: '{"a":1}' },
    })
    expect((await check(dev, body.callId)).body).toEqual({ status: 'completed', returnValue: '{"a":1}' })
  })

  test('a call whose run failed tells how', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const { body } = await call(dev, 'review', '')
    const review = await host.claim(body.callId)
    await host.ask('POST', '/runs/finish', {
      headers: review.headers,
      body: { outcome: 'error', code: 12, reason: 'no token' },
    })
    expect((await check(dev, body.callId)).body).toEqual({
      status: 'error',
      errorMessage: 'no token',
      outcome: 'error',
      code: 12,
    })
  })

  test('a call that waits for its own callers says that it is blocked', async () => {
    host = gatewayHost({ store, limits: { scale: 1 } })
    const dev = await host.start('dev')
    const { body } = await call(dev, 'review')
    expect((await check(dev, body.callId)).body).toEqual({ status: 'pending', waitsFor: [dev.run], blocked: true })
  })

  test('only its caller can read a call, and nobody one that is not there', async () => {
    host = gatewayHost({ store, agents: [agent('dev'), agent('review'), agent('other')] })
    const dev = await host.start('dev')
    const other = await host.start('other')
    const { body } = await call(dev, 'review')
    for (const [who, id] of [
      [other, body.callId],
      [dev, 'nothing'],
      [dev, other.run],
      [dev, 'a%2Fb'],
    ] as const) {
      expect(await check(who, id)).toMatchObject({ status: 404, body: { error: 'call not found' } })
    }
  })

  test('the reasons of a refusal are those that scripts know', async () => {
    host = gatewayHost({
      store,
      agents: [agent('dev'), agent('review'), agent('off', { scale: 0 })],
      limits: { maxCallDepth: 1, workQueueSize: 1 },
    })
    const dev = await host.start('dev')
    const refusal = async (who: Container, target: string) => {
      const { status, body } = await call(who, target)
      expect(status).toBe(409)
      expect(body).toEqual({ ok: false, reason: expect.any(String) })
      return body.reason
    }
    expect(await refusal(dev, 'dev')).toBe('agent cannot call itself')
    expect(await refusal(dev, 'nobody')).toBe('target agent "nobody" not found')
    expect(await refusal(dev, 'off')).toBe('target agent "off" is disabled')
    const { body } = await call(dev, 'review')
    await call(dev, 'review')
    expect(await refusal(dev, 'review')).toBe('the queue of target agent "review" is full')
    const review = await host.claim(body.callId)
    expect(await refusal(review, 'dev')).toBe('trigger depth limit reached')
  })

  test('a run makes fifty calls at most', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    for (let i = 0; i < 50; i++) expect(await call(dev, 'review')).toMatchObject({ status: 200 })
    expect(await call(dev, 'review')).toMatchObject({
      status: 409,
      body: { ok: false, reason: 'too many calls: a run may make 50' },
    })
  })

  test('the same idempotency key is the same call', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const key = { 'idempotency-key': 'a' }
    const first = await call(dev, 'review', 'x', key)
    expect((await call(dev, 'review', 'x', key)).body).toEqual(first.body)
    expect((await call(dev, 'review', 'x')).body).not.toEqual(first.body)
    expect(await call(dev, 'review', 'x', { 'idempotency-key': 'a'.repeat(256) })).toMatchObject({ status: 400 })
  })

  test.each([
    ['missing targetAgent', { context: 'x' }],
    ['missing targetAgent', { targetAgent: '', context: 'x' }],
    ['missing context', { targetAgent: 'review' }],
    ['context: ', { targetAgent: 'review', context: 5 }],
  ])('%s is a bad request: %j', async (error, body) => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const answer = await host.ask('POST', '/calls', { headers: dev.headers, body })
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(error) } })
  })

  test('256 KiB of context arrive however JSON writes them; one byte more is told the limit and the size', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const escaped = `"${'\\u0007'.repeat(256 * 1024)}"`
    const { status, body } = await host.ask('POST', '/calls', {
      headers: dev.headers,
      body: `{"targetAgent":"review","context":${escaped}}`,
    })
    expect(status).toBe(200)
    const { ticket, suffix } = host.launches.at(-1) ?? {}
    const session = 'a'.repeat(64)
    const claimed = await host.ask('POST', '/runs/claim', {
      headers: { authorization: `Bearer review-${suffix}.${ticket}` },
      body: { session },
    })
    expect(claimed.body.run).toBe(body.callId)
    expect(claimed.body.input === '\u0007'.repeat(256 * 1024)).toBe(true)

    const over = await call(dev, 'review', `${'ä'.repeat(128 * 1024)}a`)
    expect(over.status).toBe(413)
    expect(over.body.error).toBe('the context has 262145 bytes: at most 262144 (256 KiB) are taken')
  })

  test('a body over 2 MiB is refused', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    expect(await call(dev, 'review', 'x'.repeat(2 * 1024 * 1024))).toMatchObject({ status: 413 })
  })

  test('signals/trigger calls without asking for an answer', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const signal = (body: object) => host.ask('POST', '/signals/trigger', { headers: dev.headers, body })
    expect((await signal({ targetAgent: 'review', context: 'x' })).text).toBe('{"ok":true}')
    expect(host.launches.at(-1)?.agent.name).toBe('review')
    expect(await signal({ targetAgent: 'review', context: '' })).toMatchObject({ status: 400 })
    expect(await signal({ targetAgent: 'dev', context: 'x' })).toMatchObject({
      status: 409,
      body: { reason: 'agent cannot call itself' },
    })
  })
})
