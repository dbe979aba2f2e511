import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { hashOf } from '../../core/scheduler/run.ts'
import { gatewayHost, type Host, stores } from './gateway-host.ts'

describe.each(Object.entries(stores))('runs on %s', (_name, store) => {
  let host: Host
  afterEach(() => host.store.close())
  const claim = (run: string, ticket: string, session = hashOf('s'), more: object = {}) =>
    host.ask('POST', '/runs/claim', {
      headers: { authorization: `Bearer ${run}.${ticket}` },
      body: { session, ...more },
    })
  const launched = async (input?: unknown) => {
    await host.control('POST', '/control/trigger/dev', input === undefined ? undefined : { input })
    const order = host.launches.at(-1)
    if (order === undefined) throw new Error('nothing was launched')
    return order
  }

  test('a claim hands out the run, its input and configuration; repeated it gets the same', async () => {
    host = gatewayHost({ store })
    const { run, ticket } = await launched({ issue: 7 })
    const first = await claim(run, ticket, hashOf('s'), { container: 'arn:aws:ecs:task/1' })
    expect(first.status).toBe(200)
    expect(first.body).toEqual({
      run,
      agent: 'dev',
      trigger: { kind: 'manual' },
      rerun: 0,
      input: { issue: 7 },
      config: { name: 'dev', params: { repo: 'acme/site' } },
      remainingMs: 930_000,
      leaseMs: 300_000,
    })
    expect((await claim(run, ticket)).body).toEqual(first.body)
  })

  test('no secret 401, a stranger 403, a second container 409, a run that is over 410', async () => {
    host = gatewayHost({ store })
    const { run, ticket } = await launched()
    expect(await host.ask('POST', '/runs/claim', { body: {} })).toMatchObject({ status: 401 })
    expect(await host.ask('POST', '/runs/claim', { body: { secret: `${run}.${ticket}` } })).toMatchObject({
      status: 401,
    })
    expect(await claim(run, 'x')).toMatchObject({ status: 403 })
    expect(await claim(run.replace('dev', 'review'), ticket)).toMatchObject({ status: 403 })
    expect(await claim(run, ticket, 'short')).toMatchObject({ status: 400 })
    expect(await claim(run, ticket)).toMatchObject({ status: 200 })
    expect(await claim(run, ticket, hashOf('other'))).toMatchObject({ status: 409 })
    const { run: second, ticket: unused } = await (async () => {
      await host.control('POST', `/control/kill/${run}`)
      host.advance(200_000)
      await host.plane.sweep()
      return await launched()
    })()
    await host.control('POST', `/control/kill/${second}`)
    expect(await claim(second, unused)).toMatchObject({ status: 410 })
  })

  test('a heartbeat and a poll tell the time that is left and whether to stop', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    host.advance(60_000)
    const usage = {
      inputTokens: 1,
      outputTokens: 2,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      totalTokens: 3,
      cost: 0.1,
      turnCount: 1,
    }
    const beat = () => host.ask('POST', '/runs/heartbeat', { headers: dev.headers, body: { usage } })
    const poll = () => host.ask('GET', '/runs/self', { headers: dev.headers })
    expect(await beat()).toMatchObject({ status: 200, body: { remainingMs: 870_000, leaseMs: 300_000 } })
    expect((await poll()).body).toEqual({ remainingMs: 870_000, leaseMs: 300_000 })
    await host.control('POST', `/control/kill/${dev.run}`)
    expect((await poll()).body).toMatchObject({ stop: 'killed' })
    expect((await beat()).body).toMatchObject({ stop: 'killed' })
    expect((await host.control('GET', `/control/runs/${dev.run}`)).body.usage).toEqual(usage)
    expect(await host.ask('GET', `/runs/self?secret=${dev.secret}`)).toMatchObject({ status: 401 })
  })

  test('usage that no run can have is refused, so that it cannot spoil the sums of a day', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const none = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, totalTokens: 0 }
    for (const cost of ['1.7e308', '1e999', '-1', '1000001', 'null', '"NaN"']) {
      const body = JSON.stringify({ usage: { ...none, turnCount: 1, cost: 0 } }).replace('"cost":0', `"cost":${cost}`)
      expect(await host.ask('POST', '/runs/heartbeat', { headers: dev.headers, body }), cost).toMatchObject({
        status: 400,
      })
    }
    const usage = { ...none, turnCount: 1, cost: 1_000_000 }
    expect(await host.ask('POST', '/runs/heartbeat', { headers: dev.headers, body: { usage } })).toMatchObject({
      status: 200,
    })
  })

  test('a finish is told its outcome and the next run; repeated it gets the same; a stranger gets 403', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const finish = (outcome: string) => host.ask('POST', '/runs/finish', { headers: dev.headers, body: { outcome } })
    const first = await finish('rerun')
    expect(first.body).toEqual({ outcome: 'rerun', next: expect.stringMatching(/^dev-/) })
    expect((await finish('error')).body).toEqual(first.body)
    expect(host.launches.at(-1)?.run).toBe(first.body.next)
    expect(await finish('great')).toMatchObject({ status: 400 })
    const headers = { authorization: `Bearer ${dev.run}.${randomBytes(32).toString('base64url')}` }
    expect(await host.ask('POST', '/runs/finish', { headers, body: { outcome: 'error' } })).toMatchObject({
      status: 403,
    })
    expect(await host.ask('GET', '/runs/self', { headers: dev.headers })).toMatchObject({ status: 410 })
  })

  test('a result over 256 KiB is told the limit, and the run goes on', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const finish = (bytes: number) =>
      host.ask('POST', '/runs/finish', {
        headers: dev.headers,
        body: { outcome: 'completed', result: 'x'.repeat(bytes) },
      })
    const { status, body } = await finish(256 * 1024 + 1)
    expect([status, body.error]).toEqual([413, 'the result has 262145 bytes: at most 262144 (256 KiB) are taken'])
    expect(await finish(256 * 1024)).toMatchObject({ status: 200 })
  })

  test('shutdown ends the own run as killed, stops its container, and frees its lock', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    await host.ask('POST', '/locks/acquire', { headers: dev.headers, body: { resourceKey: 'k' } })
    const shutdown = () =>
      host.ask('POST', '/shutdown', { body: { secret: dev.secret, reason: 'enough', details: { a: 1 } } })
    const { status, body } = await shutdown()
    expect([status, body]).toEqual([200, { killed: true, container: dev.run }])
    expect(host.stops).toMatchObject([{ run: dev.run, reason: 'enough' }])
    expect((await host.control('GET', `/control/runs/${dev.run}`)).body).toMatchObject({
      outcome: 'killed',
      reason: 'enough',
    })
    expect((await host.control('GET', '/locks/status')).body).toEqual({ locks: [] })
    expect(await shutdown()).toMatchObject({ status: 403, body: { error: 'invalid secret' } })
    expect(await host.ask('POST', '/shutdown', { body: {} })).toMatchObject({
      status: 400,
      body: { error: 'missing secret' },
    })
  })

  test('signals: rerun and return are acknowledged, a status is shown', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const signal = (name: string, body: object) =>
      host.ask('POST', `/signals/${name}`, { body: { secret: dev.secret, ...body } })
    expect((await signal('rerun', {})).text).toBe('{"ok":true}')
    expect((await signal('return', { value: '' })).text).toBe('{"ok":true}')
    expect(await signal('return', {})).toMatchObject({ status: 400, body: { error: 'missing value' } })
    expect(await signal('return', { value: 'x'.repeat(256 * 1024 + 1) })).toMatchObject({ status: 413 })
    expect((await signal('status', { text: 'reading\nissues' })).text).toBe('{"ok":true}')
    expect(await signal('status', { text: '' })).toMatchObject({ status: 400, body: { error: 'missing text' } })
    const { body } = await host.control('GET', '/control/status')
    expect(body.agents[0]).toMatchObject({ name: 'dev', statusText: 'reading\nissues', state: 'running' })
    await host.ask('POST', '/runs/finish', { headers: dev.headers, body: { outcome: 'completed' } })
    for (const name of ['rerun', 'return', 'status']) {
      expect(await signal(name, { value: 'x', text: 'x' })).toMatchObject({
        status: 403,
        body: { error: 'invalid secret' },
      })
    }
  })

  test('a retried call is told the text of its context, also when that looks like JSON', async () => {
    host = gatewayHost({ store })
    const dev = await host.start('dev')
    const { body } = await host.ask('POST', '/calls', {
      headers: dev.headers,
      body: { targetAgent: 'review', context: '{"a":1}' },
    })
    const review = await host.claim(body.callId)
    await host.ask('POST', '/runs/finish', { headers: review.headers, body: { outcome: 'error' } })
    const retried = await host.control('POST', `/control/runs/${body.callId}/retry`)
    const order = host.launches.at(-1)
    expect(order?.run).toBe(retried.body.runId)
    const claimed = await claim(order?.run ?? '', order?.ticket ?? '')
    expect(claimed.body).toMatchObject({
      input: '{"a":1}',
      trigger: { kind: 'retry', of: body.callId, origin: { kind: 'call', caller: dev.run } },
    })
    expect(claimed.body.remainingMs).toBeLessThanOrEqual(930_000)
  })
})
