import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Container, gatewayHost, type Host, noon, stores } from './gateway-host.ts'

describe.each(Object.entries(stores))('locks on %s', (_name, store) => {
  let host: Host
  let dev: Container
  let review: Container
  beforeEach(async () => {
    host = gatewayHost({ store })
    dev = await host.start('dev')
    review = await host.start('review')
  })
  afterEach(() => host.store.close())

  const lock = (who: Container, what: string, more: object = {}) =>
    host.ask('POST', `/locks/${what}`, { headers: who.headers, body: { resourceKey: 'issue 7', ...more } })

  test('a free lock is given, with a fence', async () => {
    const { status, body } = await lock(dev, 'acquire')
    expect(status).toBe(200)
    expect(body).toEqual({ ok: true, resourceKey: 'issue 7', fence: expect.any(Number) })
  })

  test('asking again for a lock one holds prolongs it, and keeps fence and time', async () => {
    const first = await lock(dev, 'acquire', { ttl: 60 })
    const before = await host.ask('GET', '/locks/list', { headers: dev.headers })
    host.advance(1000)
    const again = await lock(dev, 'acquire', { ttl: 60 })
    const after = await host.ask('GET', '/locks/list', { headers: dev.headers })
    expect(again.body).toEqual(first.body)
    expect(before.body).toEqual([
      { resourceKey: 'issue 7', holder: dev.run, heldSince: noon, expiresAt: noon + 60_000, fence: first.body.fence },
    ])
    expect(after.body).toEqual([{ ...before.body[0], expiresAt: noon + 61_000 }])
  })

  test('a lock that another run holds is refused with its holder and since when, and nothing more', async () => {
    await lock(dev, 'acquire')
    host.advance(5)
    const { status, body } = await lock(review, 'acquire')
    expect(status).toBe(409)
    expect(body).toEqual({ ok: false, holder: dev.run, heldSince: noon })
  })

  test('a run holds one lock: a second one is refused before it is looked at who holds it', async () => {
    await lock(dev, 'acquire')
    await lock(review, 'acquire', { resourceKey: 'other' })
    const { status, body } = await lock(dev, 'acquire', { resourceKey: 'other' })
    expect(status).toBe(409)
    expect(body).toEqual({ ok: false, reason: 'already holding lock on issue 7 — release it first' })
  })

  test('a lock whose holder let it expire goes to the next one, under a larger fence', async () => {
    const first = await lock(dev, 'acquire', { ttl: 1 })
    host.advance(12_000)
    const second = await lock(review, 'acquire')
    expect(second.status).toBe(200)
    expect(second.body.fence).toBeGreaterThan(first.body.fence)
    const free = await lock(dev, 'acquire', { resourceKey: 'other' })
    expect(free.status).toBe(200)
  })

  test('release: the holder 200, another 409 with the holder, nobody 404', async () => {
    expect(await lock(dev, 'release')).toMatchObject({ status: 404, body: { ok: false, reason: 'lock not found' } })
    await lock(dev, 'acquire')
    const other = await lock(review, 'release')
    expect(other).toMatchObject({ status: 409, body: { ok: false, reason: `held by ${dev.run}` } })
    expect((await lock(dev, 'release')).text).toBe('{"ok":true}')
    expect(await lock(dev, 'release')).toMatchObject({ status: 404 })
  })

  test('heartbeat: the holder gets a full period from now, another 409, an expired one 404', async () => {
    await lock(dev, 'acquire', { ttl: 60 })
    host.advance(30_000)
    const renewed = await lock(dev, 'heartbeat', { ttl: 60 })
    expect(renewed).toMatchObject({ status: 200, body: { ok: true, expiresAt: noon + 90_000 } })
    const usual = await lock(dev, 'heartbeat')
    expect(usual.body.expiresAt).toBe(noon + 30_000 + 1800_000)
    expect(await lock(review, 'heartbeat')).toMatchObject({ status: 409, body: { reason: `held by ${dev.run}` } })
    host.advance(1800_000)
    // The run lives on in this test: its lock alone is over.
    await host.ask('POST', '/runs/heartbeat', { headers: dev.headers, body: {} })
    expect(await lock(dev, 'heartbeat')).toMatchObject({ status: 404, body: { ok: false, reason: 'lock not found' } })
  })

  test('an old fence neither renews nor releases', async () => {
    const { body } = await lock(dev, 'acquire')
    const fence = body.fence - 1
    expect(await lock(dev, 'heartbeat', { fence })).toMatchObject({ status: 409 })
    expect(await lock(dev, 'release', { fence })).toMatchObject({ status: 409 })
    expect(await lock(dev, 'release', { fence: body.fence })).toMatchObject({ status: 200 })
  })

  test.each([
    [{ resourceKey: undefined }, 'missing resourceKey'],
    [{ resourceKey: '' }, 'missing resourceKey'],
    [{ resourceKey: 'ä'.repeat(257) }, 'resourceKey: has more than 512 bytes'],
    [{ resourceKey: '\ud800' }, 'resourceKey: is not valid Unicode'],
    [{ ttl: 0 }, 'ttl: must be at least 1 second'],
    [{ ttl: 86_401 }, 'ttl: must be at most 86400 seconds'],
    [{ ttl: '60' }, expect.stringContaining('ttl: ')],
  ])('a key or time out of its range is refused: %j', async (more, error) => {
    expect(await lock(dev, 'acquire', more)).toMatchObject({ status: 400, body: { error } })
  })

  test('a key of 512 bytes and any characters is a key', async () => {
    for (const resourceKey of ['x","ttl":9,"z":"', 'ä'.repeat(256), '\n\0']) {
      expect(await lock(dev, 'acquire', { resourceKey })).toMatchObject({ status: 200, body: { resourceKey } })
      await lock(dev, 'release', { resourceKey })
    }
  })

  test('operators see all locks with their agents', async () => {
    await lock(dev, 'acquire')
    await lock(review, 'acquire', { resourceKey: 'other' })
    const { body } = await host.control('GET', '/locks/status')
    expect(body.locks).toHaveLength(2)
    expect(body.locks).toContainEqual(
      expect.objectContaining({ resourceKey: 'issue 7', agentName: 'dev', heldSince: noon }),
    )
  })

  test('what is no JSON object is refused on every route', async () => {
    for (const body of ['', '{', '[]', '5', 'null', '"x"', Buffer.from([0xff])]) {
      const { status, body: answer } = await host.ask('POST', '/locks/acquire', { body })
      expect(status).toBe(400)
      expect(answer).toEqual({ error: body === '' ? 'missing secret' : 'invalid JSON body' })
    }
  })

  test('the secret may stand in the body or query; missing is 400, unknown or over is 403', async () => {
    const { secret } = dev
    const acquire = (body: object) => host.ask('POST', '/locks/acquire', { body: { resourceKey: 'k', ...body } })
    expect(await acquire({ secret })).toMatchObject({ status: 200 })
    expect(await host.ask('GET', `/locks/list?secret=${secret}`)).toMatchObject({ status: 200 })
    expect(await acquire({})).toMatchObject({ status: 400, body: { error: 'missing secret' } })
    for (const wrong of ['x', `${dev.run}.x`, review.secret.replace('review', 'dev'), `${secret}x`]) {
      expect(await acquire({ secret: wrong })).toMatchObject({ status: 403, body: { error: 'invalid secret' } })
    }
    await host.ask('POST', '/runs/finish', { headers: dev.headers, body: { outcome: 'completed' } })
    expect(await acquire({ secret })).toMatchObject({ status: 403, body: { error: 'invalid secret' } })
  })
})
