import * as z from 'zod'
import type { Delivery } from '../../../core/deliveries/deliveries.ts'
import { matchingAgents } from '../../../core/webhooks/match.ts'
import { type Answer, doneShape, errorShape, ok, refused } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { missesOf, resultsOf } from '../record-delivery.ts'
import { type Route, route } from '../route.ts'
import { startAll } from '../start-all.ts'

const page = { usual: 25, most: 100 }

const idShape = z.string().regex(/^[a-z0-9]{20}$/, 'must be the id of a delivery')

const agentShape = z.object({
  agent: z.string(),
  result: z.enum(['started', 'queued', 'budget_exceeded', 'duplicate', 'refused', 'unmatched']),
  run: z.string().optional().describe('the run it made, or had made'),
  why: z.string().optional().describe('what stood in the way, or the filter it missed'),
})

const deliveryShape = z.object({
  id: z.string(),
  at: z.number().describe('epoch milliseconds'),
  provider: z.string(),
  sources: z.array(z.string()).describe('the webhook sources that accepted it'),
  delivery: z.string().optional().describe("the provider's id of it"),
  event: z.string().optional(),
  action: z.string().optional(),
  repo: z.string().optional(),
  title: z.string().optional(),
  url: z.string().optional(),
  sender: z.string().optional(),
  ignored: z.string().optional().describe('why such an event can match nothing'),
  again: z.string().optional().describe('of one that was run again by hand: the id of the first'),
  agents: z.array(agentShape).describe('what came of it for each agent that listens to its sources'),
})

const deliveriesShape = z.object({
  deliveries: z.array(deliveryShape),
  next: z.string().nullable().describe('`after` for the next page'),
})

export type ShownDelivery = z.output<typeof deliveryShape>

/** What came in, why it started what it started, and the same once more; for operators. */
export function controlDeliveryRoutes(options: GatewayOptions): Route[] {
  const { plane, decisions, clock } = options
  const agents = decisions.agents.filter(({ scale }) => scale > 0)
  return [
    route({
      method: 'GET',
      path: '/control/deliveries',
      access: 'key',
      summary:
        'Webhook deliveries of the last seven days that proved themselves, the newest first, and what came of each.',
      query: z.object({
        after: idShape.optional(),
        limit: z.coerce.number().int().min(1).max(page.most).optional(),
      }),
      answers: { 200: deliveriesShape },
      async handle({ query: { after, limit = page.usual } }) {
        const found = await plane.deliveries({ after, limit })
        const next = found.length === limit ? (found.at(-1)?.id ?? null) : null
        return ok({ deliveries: found.map(shown), next })
      },
    }),
    route({
      method: 'POST',
      path: '/control/deliveries/:id/again',
      access: 'key',
      summary:
        'Takes a delivery as if it came for the first time: a new run of every agent whose filters match it now.',
      params: z.object({ id: z.string() }),
      answers: {
        200: doneShape.extend({ agents: z.array(agentShape) }),
        404: errorShape,
        409: errorShape.describe('no agent matches it, or none of those that do can take it'),
      },
      async handle({ params: { id } }) {
        const delivery = idShape.safeParse(id).success ? await plane.readDelivery(id) : undefined
        if (delivery === undefined)
          return refused(404, `delivery "${id.slice(0, 100)}" not found: they are kept for seven days`)
        const { context, provider, sources } = delivery
        if (context === undefined)
          return refused(409, `no trigger can match it: ${delivery.ignored ?? 'it was ignored'}`)
        const event = { context, provider, sources }
        const input = JSON.stringify(context)
        const orders = matchingAgents(agents, sources, context, provider).map(({ agent, source }) => ({
          agent,
          trigger: {
            kind: 'webhook',
            source,
            event: context.event,
            ...(delivery.delivery !== undefined && { delivery: delivery.delivery }),
          } as const,
          input,
          whenBusy: 'queue' as const,
        }))
        if (orders.length === 0) return refused(409, 'no agent matches it: the reasons stand beside each of them')
        const results = resultsOf(await startAll(options, orders))
        const { id: _, again = id, ...first } = delivery
        await plane.recordDelivery({
          ...first,
          again,
          at: clock.now(),
          agents: [...results, ...missesOf(agents, event)],
        })
        return answer(results)
      },
    }),
  ]
}

function answer(results: Delivery['agents']): Answer {
  const made = results.filter(({ result }) => result === 'started' || result === 'queued')
  const names = (list: Delivery['agents']) => list.map(({ agent }) => agent).join(', ')
  if (made.length === 0) {
    const why = results.map(({ agent, why, result }) => `${agent}: ${why ?? result.replaceAll('_', ' ')}`).join('; ')
    return refused(409, `nothing was started: ${why}`)
  }
  const left = results.filter((one) => !made.includes(one))
  const rest = left.length === 0 ? '' : `; not ${names(left)}`
  return ok({ success: true, message: `run again for ${names(made)}${rest}`, agents: results })
}

/** Without the long texts, which are for the agent. */
function shown({ context, agents, ...delivery }: Delivery): ShownDelivery {
  const { event, action, repo, title, url, sender } = context ?? {}
  return { ...delivery, sources: [...delivery.sources], agents: [...agents], event, action, repo, title, url, sender }
}
