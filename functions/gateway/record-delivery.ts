import type { DeliveredTo, Delivery } from '../../core/deliveries/deliveries.ts'
import { type AgentMatch, matchAgents, type TriggeredAgent } from '../../core/webhooks/match.ts'
import type { Reception } from '../../core/webhooks/receive.ts'
import type { GatewayOptions } from './options.ts'
import type { Started } from './start-all.ts'

type Genuine = Exclude<Reception, { kind: 'refused' }>

/** For how many agents the reason is recorded why they do not match: nobody reads more. */
const mostReasons = 50

/**
 * Records for people what a delivery was, what it started, and why agents that listen to its source did not start. The
 * sender does not need the record: if it cannot be written, the answer is the same.
 */
export async function recordDelivery(
  { plane, clock, log }: Pick<GatewayOptions, 'plane' | 'clock' | 'log'>,
  agents: readonly TriggeredAgent[],
  reception: Genuine,
  started: Started,
): Promise<void> {
  const { provider, sources } = reception
  const accepted = reception.kind === 'accepted' ? reception : undefined
  try {
    await plane.recordDelivery({
      at: clock.now(),
      provider,
      sources,
      ...(accepted && { context: accepted.context }),
      ...(accepted?.dedupe && deliveryOf(accepted.dedupe.key)),
      ...(reception.kind === 'ignored' && { ignored: reception.reason }),
      agents: [...resultsOf(started), ...(accepted ? missesOf(agents, accepted) : [])],
    })
  } catch (error) {
    log('warn', 'a delivery is not shown: it could not be kept', { provider, error: String(error) })
  }
}

/** What came of runs that a delivery was to make. */
export function resultsOf({ made, duplicates, refused }: Started): DeliveredTo[] {
  return [
    ...made.map(({ agent, run, state }) => ({ agent, run, result: state })),
    ...duplicates.map(({ agent, run, skipped }) => ({
      agent,
      result: 'duplicate' as const,
      ...(run !== undefined && { run }),
      ...(skipped !== undefined && { why: skipped }),
    })),
    ...refused.map(({ agent, why }) => ({ agent, result: 'refused' as const, why })),
  ]
}

/** The agents that listen to its sources and did not start, each with the filters that it missed. */
export function missesOf(
  agents: readonly TriggeredAgent[],
  {
    sources,
    context,
    provider,
  }: Pick<Delivery, 'sources' | 'provider'> & { readonly context: NonNullable<Delivery['context']> },
): DeliveredTo[] {
  const listening = agents.flatMap(({ name, triggers }) => {
    const here = triggers.filter(({ source }) => sources.includes(source))
    return here.length === 0 ? [] : [{ name, triggers: here }]
  })
  const missed = matchAgents(listening, sources, context, provider).flatMap((one) => (one.matched ? [] : [one]))
  return missed.slice(0, mostReasons).map(({ agent, misses }) => ({ agent, result: 'unmatched', why: whyOf(misses) }))
}

const whyOf = (misses: Extract<AgentMatch, { matched: false }>['misses']): string =>
  misses.map(({ why, trigger }) => (misses.length === 1 ? why : `trigger ${trigger + 1}: ${why}`)).join('; ')

/** Nothing if the hash of the body was used instead of an id. */
function deliveryOf(key: string): { readonly delivery?: string } {
  const delivery = key.split('|').slice(2).join('|')
  return delivery.startsWith('sha256:') ? {} : { delivery }
}
