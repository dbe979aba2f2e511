import * as z from 'zod'
import type { Lock } from '../../../core/locks/lock.ts'
import { longestKey, type Renewed, ttlRange } from '../../../core/locks/locks.ts'
import { parseRunId, runId } from '../../../core/scheduler/run.ts'
import { type Answer, invalidSecret, ok, okShape, reasonShape } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { type Route, type RunSecret, route } from '../route.ts'

const resourceKey = z
  .string()
  .min(1)
  .refine((key) => Buffer.byteLength(key) <= longestKey, `has more than ${longestKey} bytes`)
  // Two different broken texts would be the same key: they are hashed as UTF-8.
  .refine((key) => key.isWellFormed(), 'is not valid Unicode')
const ttl = z
  .number()
  .min(ttlRange.min, `must be at least ${ttlRange.min} second`)
  .max(ttlRange.max, `must be at most ${ttlRange.max} seconds`)
  .optional()
  .describe("seconds; the project's default when absent")
const fence = z.int().optional().describe('the fence of the grant that is meant')
const secret = z.string().optional()
const fenceShape = z.number().describe('grows with every grant of this key')

/** Every lock that is held, for operators. */
export const locksShape = z.object({
  locks: z.array(
    z.object({
      resourceKey: z.string(),
      agentName: z.string(),
      holder: z.string().describe('a run id'),
      heldSince: z.number(),
      expiresAt: z.number(),
      fence: fenceShape,
    }),
  ),
})

export type HeldLock = z.output<typeof locksShape>['locks'][number]

/** Locks: one per run, named by anything. */
export function lockRoutes({ plane }: GatewayOptions): Route[] {
  return [
    route({
      method: 'POST',
      path: '/locks/acquire',
      access: 'session',
      summary: 'Takes a lock, or prolongs it when the run holds it.',
      body: z.object({ secret, resourceKey, ttl }),
      answers: {
        200: okShape.extend({ resourceKey: z.string(), fence: fenceShape }),
        409: z.union([
          z.object({
            ok: z.literal(false),
            holder: z.string().describe('a run id'),
            heldSince: z.number().describe('epoch milliseconds'),
          }),
          reasonShape.describe('the run holds another lock'),
        ]),
      },
      async handle({ session, body }) {
        const got = await plane.acquireLock(session, { key: body.resourceKey, ttl: body.ttl })
        if (got.kind === 'held') return ok({ ok: true, resourceKey: got.lock.key, fence: got.lock.fence })
        if (got.kind === 'taken') {
          return { status: 409, body: { ok: false, holder: got.holder, heldSince: got.heldSince } }
        }
        if (got.kind === 'holds another') return refusal(409, `already holding lock on ${got.key} — release it first`)
        return invalidSecret()
      },
    }),
    route({
      method: 'POST',
      path: '/locks/release',
      access: 'session',
      summary: 'Gives a lock back.',
      body: z.object({ secret, resourceKey, fence }),
      answers: { 200: okShape, 404: reasonShape, 409: reasonShape },
      async handle({ session, body }) {
        const released = await plane.releaseLock(session, { key: body.resourceKey, fence: body.fence })
        return released.kind === 'held' ? ok({ ok: true }) : notHeld(released, session)
      },
    }),
    route({
      method: 'POST',
      path: '/locks/heartbeat',
      access: 'session',
      summary: 'Prolongs a lock that the run holds, by its full time from now.',
      body: z.object({ secret, resourceKey, ttl, fence }),
      answers: {
        200: okShape.extend({ expiresAt: z.number().describe('epoch milliseconds'), fence: fenceShape }),
        404: reasonShape,
        409: reasonShape,
      },
      async handle({ session, body: { resourceKey: key, ...rest } }) {
        const renewed = await plane.heartbeatLock(session, { key, ttl: rest.ttl, fence: rest.fence })
        if (renewed.kind !== 'held') return notHeld(renewed, session)
        return ok({ ok: true, expiresAt: renewed.lock.until, fence: renewed.lock.fence })
      },
    }),
    route({
      method: 'GET',
      path: '/locks/list',
      access: 'session',
      summary: 'The lock that the run holds, if any.',
      query: z.object({ secret }),
      answers: {
        200: z.array(
          z.object({
            resourceKey: z.string(),
            holder: z.string(),
            heldSince: z.number(),
            expiresAt: z.number(),
            fence: fenceShape,
          }),
        ),
      },
      async handle({ session }) {
        const own = await plane.ownLock(session)
        if (own.kind !== 'ok') return invalidSecret()
        return ok(own.lock === undefined ? [] : [{ ...shown(own.lock), holder: own.lock.holder }])
      },
    }),
    route({
      method: 'GET',
      path: '/locks/status',
      access: 'key',
      summary: 'All locks that are held now.',
      answers: { 200: locksShape },
      async handle() {
        const locks = await plane.heldLocks()
        const view = ({ holder = '', ...lock }: Lock) => ({
          ...shown(lock),
          holder,
          agentName: parseRunId(holder)?.agent ?? holder,
        })
        return ok({ locks: locks.map(view) })
      },
    }),
  ]
}

const shown = ({ key, heldSince, until, fence }: Lock) => ({ resourceKey: key, heldSince, expiresAt: until, fence })

const refusal = (status: number, reason: string): Answer => ({ status, body: { ok: false, reason } })

function notHeld(answer: Exclude<Renewed, { kind: 'held' }>, session: RunSecret): Answer {
  if (answer.kind === 'absent') return refusal(404, 'lock not found')
  if (answer.kind !== 'taken') return invalidSecret()
  const own = answer.holder === runId(session)
  return refusal(409, own ? 'held by this run under a newer fence' : `held by ${answer.holder}`)
}
