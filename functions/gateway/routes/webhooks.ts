import * as z from 'zod'
import type { WebhookContext } from '../../../core/webhooks/provider.ts'
import { maxBodyBytes, type Reception, receive, type Source } from '../../../core/webhooks/receive.ts'
import { type Answer, errorShape, later, ok, refused } from '../answer.ts'
import { readSecret } from '../gateway-secrets.ts'
import type { GatewayOptions } from '../options.ts'
import { recordDelivery } from '../record-delivery.ts'
import { type Route, route } from '../route.ts'
import { type Started, startAll } from '../start-all.ts'

type Accepted = Extract<Reception, { kind: 'accepted' }>

const runs = z.array(
  z.object({ agent: z.string(), run: z.string(), state: z.enum(['started', 'queued', 'budget_exceeded']) }),
)
const duplicates = z.array(z.object({ agent: z.string(), run: z.string().optional(), skipped: z.string().optional() }))

/** Seconds after which a delivery that found a full queue may be sent again. */
const afterFull = 30

/** Where services send their events. A 2xx means that every run it was to make is in the store. */
export function webhookRoutes(options: GatewayOptions): Route[] {
  const { decisions, clock } = options
  // An agent that is off is not there for webhooks: its events are not kept for the day it is on.
  const agents = decisions.agents.filter(({ scale }) => scale > 0)
  return [
    route({
      method: 'POST',
      path: '/webhooks/:source',
      access: 'signed',
      summary: `A delivery, signed over its raw bytes, of at most ${maxBodyBytes} bytes. Sent again it makes no second run.`,
      params: z.object({ source: z.string().describe('name of a webhook source, or its type') }),
      answers: {
        200: z.object({
          ok: z.literal(true),
          matched: z.number().describe('agents whose filters match'),
          skipped: z.number().describe('of these, how many had this delivery before'),
          runs: runs.optional(),
          duplicates: duplicates.optional(),
          reason: z.string().optional().describe('why an event can match nothing'),
        }),
        400: errorShape,
        401: errorShape,
        404: errorShape,
        413: errorShape,
        503: errorShape
          .extend({
            accepted: runs.optional(),
            duplicates: duplicates.optional(),
            refused: z.array(z.object({ agent: z.string(), why: z.string() })).optional(),
          })
          .describe('some runs could not be recorded: sent again, only these are made'),
      },
      async handle({ params, path, header, readBody }) {
        const here = decisions.webhooks.filter(({ paths }) => paths.includes(path))
        if (here.length === 0) return refused(404, `unknown webhook source: ${params.source.slice(0, 100)}`)
        const read = await readBody(maxBodyBytes)
        if (read.kind === 'too large') return refused(413, 'payload too large')
        if (read.kind === 'broken') return refused(400, 'the body could not be read')

        const judge = async (how: 'read' | 'refresh') => {
          const secrets = await secretsOf(options, here, how)
          const secretOf = (source: string) => secrets.get(source)
          const receivedAt = new Date(clock.now())
          return receive({ path, header, body: read.bytes, sources: here, secretOf, agents, receivedAt })
        }
        let reception = await judge('read')
        const mayBeOld = here.some(({ secret }) => secret !== undefined)
        if (reception.kind === 'refused' && reception.status === 401 && mayBeOld) reception = await judge('refresh')

        if (reception.kind === 'refused') {
          const { status, reason, detail } = reception
          return { ...refused(status, status === 401 ? 'signature validation failed' : reason), detail }
        }
        const started = await startAll(options, reception.kind === 'ignored' ? [] : ordersOf(reception))
        await recordDelivery(options, agents, reception, started)
        if (reception.kind === 'ignored') return ok({ ok: true, matched: 0, skipped: 0, reason: reception.reason })
        return report(started)
      },
    }),
  ]
}

async function secretsOf(options: GatewayOptions, sources: readonly Source[], how: 'read' | 'refresh') {
  const values = new Map<string, string>()
  for (const { source, secret } of sources) {
    const value = secret === undefined ? undefined : await readSecret(options, secret, how)
    if (value !== undefined) values.set(source, value)
  }
  return values
}

/** One run per agent; the same delivery is the same run of each, so a redelivery makes only those that are missing. */
function ordersOf({ matched, context, dedupe }: Accepted) {
  const input = JSON.stringify(context satisfies WebhookContext)
  // The key is `webhook|<provider>|<delivery id>`.
  const delivery = dedupe?.key.split('|').slice(2).join('|')
  return matched.map(({ agent, source }) => ({
    agent,
    trigger: { kind: 'webhook', source, event: context.event, ...(delivery !== undefined && { delivery }) } as const,
    input,
    ...(dedupe && { dedupe: { ...dedupe, key: `${dedupe.key}|${agent}` } }),
    whenBusy: 'queue' as const,
  }))
}

function report({ made, duplicates, refused }: Started): Answer {
  if (refused.length > 0) {
    const names = refused.map(({ agent }) => agent).join(', ')
    const error = `not recorded for ${names}: send it again`
    const wait = refused.some(({ why }) => why === 'full') ? afterFull : 1
    return { status: 503, body: { error, accepted: made, duplicates, refused }, headers: later(wait) }
  }
  const matched = made.length + duplicates.length
  return ok({ ok: true, matched, skipped: duplicates.length, runs: made, duplicates })
}
