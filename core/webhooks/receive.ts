import { hash } from 'node:crypto'
import type { Plan } from '../plan/schema.ts'
import type { WebhookProvider } from '../project/schema/webhooks.ts'
import { parseBody } from './body.ts'
import { maxContextBytes } from './context.ts'
import { matchingAgents, type TriggeredAgent } from './match.ts'
import type { HeaderLookup, WebhookContext } from './provider.ts'
import { providers } from './providers.ts'

/** Bytes of a body on every host: in base64, inside a function's event, it must stay under 6 MB. */
export const maxBodyBytes = 4 * 1024 * 1024

/** Seconds a delivery is remembered: by its id, for a redelivery by hand; by its bytes, for a retry. */
const rememberId = 7 * 24 * 3600
const rememberBytes = 600

/** Longer than any provider's ids: a longer text is not taken for one. */
const maxDeliveryId = 200

export type Source = Pick<Plan['webhooks'][number], 'source' | 'provider' | 'paths' | 'secret' | 'unsigned'>

export interface Delivery {
  /** Of the URL, without the query. */
  readonly path: string
  readonly header: HeaderLookup
  /** The raw bytes, as they were signed. */
  readonly body: Uint8Array
  readonly sources: readonly Source[]
  /** The value of a source's secret; nothing if it is not stored. */
  readonly secretOf: (source: string) => string | undefined
  readonly agents: readonly TriggeredAgent[]
  readonly receivedAt: Date
}

export type Reception =
  /** `reason` may be shown to the sender; `detail` says which setting is to blame, and is for the log alone. */
  | {
      readonly kind: 'refused'
      readonly status: 400 | 401 | 404 | 413
      readonly reason: string
      readonly detail?: string
    }
  /** Answered with 200, or the provider would send it again. */
  | {
      readonly kind: 'ignored'
      readonly provider: WebhookProvider
      readonly sources: readonly string[]
      readonly reason: string
    }
  | {
      readonly kind: 'accepted'
      readonly provider: WebhookProvider
      /** Those that accept the delivery; usually one. */
      readonly sources: readonly string[]
      readonly context: WebhookContext
      readonly matched: readonly { readonly agent: string; readonly source: string }[]
      /** Per agent, the same key within so many seconds is the same delivery. Type `test` has none: each one counts. */
      readonly dedupe?: { readonly key: string; readonly seconds: number }
    }

/**
 * Decides what a delivery means, without any effect: who it is for, whether it is genuine, what it says and which agents
 * it starts. Nothing in the body is looked at before its signature holds.
 *
 * A path means every source whose `paths` has it: `/webhooks/<source>` one, `/webhooks/<provider>` all of that type,
 * of which those are meant whose secret signed the body; if none did, those that accept unsigned deliveries.
 */
export function receive({ path, header, body, sources, secretOf, agents, receivedAt }: Delivery): Reception {
  const here = sources.filter(({ paths }) => paths.includes(path))
  // Those on one path have one provider: a source may be named like a provider only if it is of that type.
  const name = here.find(({ source }) => path === `/webhooks/${source}`)?.provider ?? here[0]?.provider
  if (name === undefined) return { kind: 'refused', status: 404, reason: 'no webhook source has this path' }
  const limit = name === 'test' ? maxContextBytes : maxBodyBytes
  if (body.byteLength > limit) return { kind: 'refused', status: 413, reason: `the body is larger than ${limit} bytes` }

  const provider = providers[name]
  const candidates = here.filter((source) => source.provider === name)
  // All of them are tried: the time taken does not tell which secret was the right one.
  const signed = candidates.filter(({ source, secret }) => {
    const value = secret === undefined ? undefined : secretOf(source)
    return value !== undefined && provider.verify(body, header, value)
  })
  const accepting =
    signed.length > 0
      ? signed
      : candidates.filter(({ secret, unsigned }) => secret === undefined && unsigned === 'accepted')
  if (accepting.length === 0) return notSigned(whyNot(candidates, secretOf))

  const parsed = parseBody(body, header('content-type'))
  if (!parsed.ok) return { kind: 'refused', status: 400, reason: parsed.reason }
  if (signed.length > 0 && provider.fresh?.(parsed.payload, receivedAt) === false) {
    return notSigned(
      'the signed time is more than a minute away from the clock here: an old delivery, or a wrong clock',
    )
  }
  const accepted = accepting.map(({ source }) => source)
  const context = provider.parse(parsed.payload, header, receivedAt)
  if ('ignored' in context) return { kind: 'ignored', provider: name, sources: accepted, reason: context.ignored }

  const dedupe = name === 'test' ? undefined : dedupeOf(name, provider.deliveryId(header), body)
  return {
    kind: 'accepted',
    provider: name,
    sources: accepted,
    context,
    matched: matchingAgents(agents, accepted, context, name),
    ...(dedupe === undefined ? {} : { dedupe }),
  }
}

/** One answer for every cause, so that it tells a stranger nothing about the sources. */
function notSigned(detail: string): Reception {
  return { kind: 'refused', status: 401, reason: 'the delivery does not carry a valid signature', detail }
}

function whyNot(candidates: readonly Source[], secretOf: Delivery['secretOf']): string {
  const reasons = candidates.map(({ source, secret }) => {
    if (secret === undefined) return `source "${source}" has no secret and does not allow unsigned deliveries`
    if ((secretOf(source) ?? '') === '') return `the secret of source "${source}" is not stored`
    return `the body is not signed with the secret of source "${source}"`
  })
  return reasons.join('; ')
}

/** The id the provider gave, else the bytes: a retry repeats them, a new event hardly ever. */
function dedupeOf(provider: WebhookProvider, id: string | undefined, body: Uint8Array) {
  if (id !== undefined && id !== '' && id.length <= maxDeliveryId) {
    return { key: `webhook|${provider}|${id}`, seconds: rememberId }
  }
  const digest = hash('sha256', body)
  return { key: `webhook|${provider}|sha256:${digest}`, seconds: rememberBytes }
}
