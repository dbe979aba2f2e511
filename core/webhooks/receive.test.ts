import { describe, expect, test } from 'vitest'
import { maxBodyBytes, type Reception, receive } from './receive.ts'
import { bytes, headers, hmac, noon, push, source } from './testing/deliveries.ts'

const work = source('work', 'github', 'secret')
const home = source('home', 'github', 'secret')
const open = source('open', 'github', 'open')
const closed = source('closed', 'github', 'closed')
const agents = (result: Reception) =>
  result.kind === 'accepted' ? result.matched.map(({ agent }) => agent) : result.kind === 'refused' && result.status

describe('which sources a path means', () => {
  test('the path of a source takes its own secret only', () => {
    expect(agents(receive(push('/webhooks/work', [work, home], 'work')))).toEqual(['on-work'])
    expect(agents(receive(push('/webhooks/work', [work, home], 'home')))).toBe(401)
  })

  test('the path of a provider goes by which secret signed the body', () => {
    expect(agents(receive(push('/webhooks/github', [work, home], 'home')))).toEqual(['on-home'])
    expect(agents(receive(push('/webhooks/github', [work, home], 'neither')))).toBe(401)
  })

  test('two sources with the same secret both receive what it signed', () => {
    const same = { ...push('/webhooks/github', [work, home], 'same'), secretOf: () => 'same' }
    expect(agents(receive(same))).toEqual(['on-work', 'on-home'])
  })

  test('a source named like its provider does not hide the others of that type', () => {
    const github = source('github', 'github', 'secret')
    expect(agents(receive(push('/webhooks/github', [github, work], 'work')))).toEqual(['on-work'])
    expect(agents(receive(push('/webhooks/github', [github, work], 'github')))).toEqual(['on-github'])
  })

  test('a path of no source is 404, also of a provider that no source has', () => {
    for (const path of ['/webhooks/sentry', '/webhooks/', '/webhooks/work/', 'work', '/webhooks/__proto__']) {
      expect(agents(receive(push(path, [work], 'work')))).toBe(404)
    }
  })
})

describe('all secrets of a type were accepted, and unsigned bodies when none was stored', () => {
  test('a source with neither secret nor allowUnsigned accepts nothing', () => {
    expect(agents(receive(push('/webhooks/closed', [closed])))).toBe(401)
    expect(agents(receive(push('/webhooks/closed', [closed], 'closed')))).toBe(401)
  })

  test('a source whose secret is not stored, or is empty, accepts nothing', () => {
    for (const secret of [undefined, '']) {
      expect(agents(receive({ ...push('/webhooks/work', [work], ''), secretOf: () => secret }))).toBe(401)
    }
  })

  test('only a source that allows it takes an unsigned body, and not what another one signed', () => {
    expect(agents(receive(push('/webhooks/github', [work, open, closed])))).toEqual(['on-open'])
    expect(agents(receive(push('/webhooks/github', [work, open, closed], 'work')))).toEqual(['on-work'])
    expect(agents(receive(push('/webhooks/work', [work, open])))).toBe(401)
  })

  test('type test is refused like any other unless its source allows unsigned deliveries', () => {
    const delivery = { ...push('/webhooks/test', [source('test', 'test', 'closed')]), body: bytes({}) }
    expect(agents(receive(delivery))).toBe(401)
    expect(agents(receive({ ...delivery, sources: [source('test', 'test', 'open')] }))).toEqual(['on-test'])
  })

  test('every refusal reads the same to the sender; only the log learns which setting is to blame', () => {
    const refusals = [
      push('/webhooks/closed', [closed]),
      push('/webhooks/work', [work], 'no'),
      { ...push('/webhooks/work', [work], 'work'), secretOf: () => undefined },
    ].map((delivery) => receive(delivery))
    expect(new Set(refusals.map((result) => result.kind === 'refused' && result.reason)).size).toBe(1)
    expect(new Set(refusals.map((result) => result.kind === 'refused' && result.detail)).size).toBe(3)
  })

  test('every secret is tried, also after the right one', () => {
    const tried: string[] = []
    const delivery = push('/webhooks/github', [work, home, source('third', 'github', 'secret')], 'work')
    const secretOf = (name: string) => {
      tried.push(name)
      return name
    }
    receive({ ...delivery, secretOf })
    expect(tried).toEqual(['work', 'home', 'third'])
  })
})

describe('the body', () => {
  test('is not parsed before its signature holds', () => {
    const delivery = { ...push('/webhooks/work', [work], 'work'), body: bytes('{"never') }
    expect(agents(receive(delivery))).toBe(401)
    const signed = { 'x-hub-signature-256': `sha256=${hmac(delivery.body, 'work')}`, 'x-github-event': 'push' }
    expect(agents(receive({ ...delivery, header: headers(signed) }))).toBe(400)
  })

  test('is refused with 413 above 4 MiB, and above 64 KiB for type test', () => {
    const large = { ...push('/webhooks/work', [work], 'work'), body: new Uint8Array(maxBodyBytes + 1) }
    expect(agents(receive(large))).toBe(413)
    const byHand = push('/webhooks/test', [source('test', 'test', 'open')])
    expect(agents(receive({ ...byHand, body: new Uint8Array(64 * 1024 + 1) }))).toBe(413)
  })

  test.each(['null', '1', '"x"', '[null]', '{"repository":7,"sender":null}', '{"repository":{"full_name":{}}}'])(
    'signed %s is ignored with a reason',
    (text) => {
      const body = bytes(text)
      const header = headers({ 'x-github-event': 'issues', 'x-hub-signature-256': `sha256=${hmac(body, 'work')}` })
      expect(receive({ ...push('/webhooks/work', [work]), body, header })).toMatchObject({
        kind: 'ignored',
        reason: 'the event "issues" names no repository or organization',
      })
    },
  )
})

describe('one delivery is taken once', () => {
  const dedupe = (delivery: Parameters<typeof receive>[0]) => {
    const result = receive(delivery)
    return result.kind === 'accepted' ? result.dedupe : result
  }
  const delivery = push('/webhooks/open', [open])
  const event = (id?: string) =>
    headers({ 'x-github-event': 'push', ...(id === undefined ? {} : { 'x-github-delivery': id }) })

  test('by the id of the provider, for 7 days', () => {
    expect(dedupe(delivery)).toEqual({ key: 'webhook|github|d1', seconds: 604_800 })
  })

  test('without an id, or with one that is none, by the bytes, for 10 minutes', () => {
    for (const id of [undefined, '', 'x'.repeat(201)]) {
      expect(dedupe({ ...delivery, header: event(id) })).toEqual({
        key: expect.stringMatching(/^webhook\|github\|sha256:[0-9a-f]{64}$/),
        seconds: 600,
      })
    }
  })

  test('Sentry by Request-ID, Linear by Linear-Delivery, type test never', () => {
    const sent = (provider: 'sentry' | 'linear' | 'test', body: object, of: Record<string, string>) =>
      dedupe({
        ...push(`/webhooks/${provider}`, [source(provider, provider, 'open')]),
        body: bytes(body),
        header: headers(of),
      })
    const issue = { type: 'Issue', action: 'create', organizationId: 'o' }
    expect(sent('sentry', {}, { 'sentry-hook-resource': 'issue', 'request-id': 'r' })).toMatchObject({
      key: 'webhook|sentry|r',
    })
    expect(sent('linear', issue, { 'linear-delivery': 'l' })).toMatchObject({ key: 'webhook|linear|l' })
    expect(sent('test', {}, { 'x-github-delivery': 'g' })).toBeUndefined()
  })
})

describe('the time Linear signs was not looked at, so a captured delivery could be sent again for ever', () => {
  const linear = source('linear', 'linear', 'secret')
  const sent = (fields: object, from = linear) => {
    const body = bytes({ type: 'Issue', action: 'create', organizationId: 'o', ...fields })
    const header = headers({ 'linear-signature': hmac(body, 'linear') })
    return agents(receive({ ...push('/webhooks/linear', [from]), body, header }))
  }

  test('a minute either way is accepted, more is not, and neither is no time', () => {
    const at = (difference: number) => sent({ webhookTimestamp: noon.getTime() + difference })
    expect([at(-60_000), at(0), at(60_000)]).toEqual([['on-linear'], ['on-linear'], ['on-linear']])
    expect([at(-60_001), at(60_001), sent({}), sent({ webhookTimestamp: String(noon.getTime()) })]).toEqual([
      401, 401, 401, 401,
    ])
  })

  test('an unsigned time proves nothing and is not asked for', () => {
    expect(sent({}, source('linear', 'linear', 'open'))).toEqual(['on-linear'])
  })
})
