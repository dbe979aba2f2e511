import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxContextBytes } from '../../core/webhooks/context.ts'
import { blockJson } from '../../core/webhooks/escape.ts'
import { matchAgents } from '../../core/webhooks/match.ts'
import { providers } from '../../core/webhooks/providers.ts'
import { type Delivery, maxBodyBytes, type Reception, receive } from '../../core/webhooks/receive.ts'
import { bytes, hmac, noon, source } from '../../core/webhooks/testing/deliveries.ts'

/** Whatever arrives, signed or not, there is an answer, soon, and a context stays small. CI=1 tries ten times as much. */

const RUNS = process.env.CI ? 10_000 : 1_000

const names = ['github', 'sentry', 'linear', 'mintlify', 'test'] as const
type Name = (typeof names)[number]

const agents = [
  {
    name: 'a',
    triggers: names.map((name) => ({
      source: name,
      filters: { labels: ['bug'], branches: ['main'], conclusions: ['failure'], org: 'acme', author: 'ada' },
    })),
  },
]

function answer(name: Name, body: Uint8Array, header: Delivery['header'], access: 'secret' | 'open'): Reception {
  const sources = [source(name, name, access)]
  return receive({ path: `/webhooks/${name}`, header, body, sources, secretOf: () => 's', agents, receivedAt: noon })
}

function expectAnswer(result: Reception): void {
  expect(['refused', 'ignored', 'accepted']).toContain(result.kind)
  if (result.kind !== 'accepted') return
  expect(Buffer.byteLength(blockJson(result.context))).toBeLessThanOrEqual(maxContextBytes)
  // The quick answer and the one that explains itself agree.
  const explained = matchAgents(agents, result.sources, result.context, result.provider)
  expect(explained).toHaveLength(agents.length)
  const matched = explained.flatMap((one) => (one.matched ? [{ agent: one.agent, source: one.source }] : []))
  expect(result.matched).toEqual(matched)
}

/** A lookup that signs the body as each provider does and says `value` of everything else. */
function signing(body: Uint8Array, value: string | undefined): Delivery['header'] {
  const signature = hmac(body, 's')
  return (name) =>
    name === 'x-hub-signature-256' ? `sha256=${signature}` : name.endsWith('-signature') ? signature : value
}

const words = ['issues', 'push', 'Issue', 'Comment', 'issue', 'comment', 'check_run', 'failed', '__proto__', '', '\0<']
const word = fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 20 }))

/** Keys that the providers look for, over values of every type, so that the parsers get past their first line. */
const keys = [
  ...['repository', 'full_name', 'sender', 'login', 'issue', 'pull_request', 'comment', 'review', 'labels', 'name'],
  ...['title', 'body', 'head', 'ref', 'number', 'user', 'html_url', 'action', 'type', 'organizationId', 'data'],
  ...['pull_requests', 'webhookTimestamp', 'organization', 'project', 'status', 'error', 'check_suite', '__proto__'],
]
const { payload } = fc.letrec<{ payload: unknown }>((tie) => ({
  payload: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom(null, true, 0, -1.5, noon.getTime()),
    word,
    fc.array(tie('payload'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie('payload'), { maxKeys: 8 }),
  ),
}))

describe('no delivery throws', () => {
  const access = fc.constantFrom('secret' as const, 'open' as const)

  test('arbitrary bytes under arbitrary headers are answered', () => {
    const given = fc.dictionary(fc.constantFrom('x-hub-signature-256', 'content-type', 'x-github-event'), word)
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.uint8Array({ maxLength: 300 }),
        given,
        access,
        (name, body, of, how) => {
          expectAnswer(answer(name, body, (header) => (Object.hasOwn(of, header) ? of[header] : undefined), how))
        },
      ),
      { numRuns: RUNS },
    )
  })

  test('arbitrary signed JSON is answered', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.oneof(fc.jsonValue(), payload),
        word,
        access,
        (name, json, value, how) => {
          const body = bytes(JSON.stringify(json))
          const result = answer(name, body, signing(body, value), how)
          expectAnswer(result)
          if (result.kind === 'refused') expect([401, 400]).toContain(result.status)
        },
      ),
      { numRuns: RUNS * 2 },
    )
  })

  test('an event named like anything, with a payload of the shapes providers read, gives a small context', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), payload, word, (name, inner, event) => {
        const whole = {
          ...(typeof inner === 'object' ? inner : { inner }),
          ...{ repository: { full_name: 'acme/site' }, organizationId: 'o', type: event, action: 'a', data: inner },
          [event]: inner,
        }
        const context = providers[name].parse(whole, () => event, noon)
        expect(Buffer.byteLength(blockJson(context))).toBeLessThanOrEqual(maxContextBytes)
      }),
      { numRuns: RUNS },
    )
  })
})

describe('no delivery takes long', () => {
  const many = (one: string) => `[${Array.from({ length: maxBodyBytes / 20 }, () => one).join(',')}]`
  const keyed = Array.from({ length: 200_000 }, (_, i) => `"k${i}":{}`).join(',')
  const repository = '"repository":{"full_name":"acme/site"}'

  test.each([
    ['a text of 4 MB', `{${repository},"issue":{"body":"${'<'.repeat(4_000_000)}"}}`],
    ['labels by the hundred thousand', `{${repository},"issue":{"labels":${many('{"name":"x"}')}}}`],
    ['keys by the hundred thousand', `{${repository},${keyed}}`],
    ['a million brackets', `{${repository},"issue":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`],
    ['a long event', `{${repository},"type":"${'İ'.repeat(1_000_000)}","action":"a","organizationId":"o"}`],
  ])('%s', (_what, text) => {
    const body = bytes(text)
    expect(body.byteLength).toBeLessThanOrEqual(maxBodyBytes)
    for (const name of ['github', 'linear', 'sentry', 'mintlify'] as const) {
      const before = process.cpuUsage()
      expectAnswer(answer(name, body, signing(body, 'issues'), 'secret'))
      // Of the processor, whatever else it has to do; what goes by the square of a size takes minutes.
      const { user, system } = process.cpuUsage(before)
      expect((user + system) / 1000).toBeLessThan(2_000)
    }
  })
})
