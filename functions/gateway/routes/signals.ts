import * as z from 'zod'
import { type Answer, errorShape, invalidSecret, ok, okShape, tooLong } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { type Route, type RunSecret, route } from '../route.ts'

const secret = z.string().optional()

/** What an agent signals while it works. What it asks for at its end travels with its finish; here it is acknowledged. */
export function signalRoutes({ plane }: GatewayOptions): Route[] {
  return [
    route({
      method: 'POST',
      path: '/signals/rerun',
      access: 'session',
      summary: 'Acknowledges that the run wants to go on. What counts is the outcome it finishes with.',
      body: z.object({ secret }),
      answers: { 200: okShape },
      handle: async ({ session }) => await acknowledge(plane, session),
    }),
    route({
      method: 'POST',
      path: '/signals/return',
      access: 'session',
      summary: 'Acknowledges a return value. What counts is the result it finishes with.',
      body: z.object({
        secret,
        value: z.unknown().refine((value) => value !== undefined && value !== null),
      }),
      answers: { 200: okShape, 413: errorShape },
      async handle({ session, body: { value } }) {
        const problem = typeof value === 'string' ? tooLong('value', value) : undefined
        return problem ?? (await acknowledge(plane, session))
      },
    }),
    route({
      method: 'POST',
      path: '/signals/status',
      access: 'session',
      summary: 'Says what the agent is doing. Kept at most every five seconds, and 500 characters of it.',
      body: z.object({ secret, text: z.string().min(1) }),
      answers: { 200: okShape },
      async handle({ session, body }) {
        const kept = await plane.setStatus(session, body.text)
        return kept.kind === 'ok' ? ok({ ok: true }) : invalidSecret()
      },
    }),
  ]
}

async function acknowledge(plane: GatewayOptions['plane'], session: RunSecret): Promise<Answer> {
  const { kind } = await plane.poll(session)
  return kind === 'alive' ? ok({ ok: true }) : invalidSecret()
}
