import * as z from 'zod'
import { type CallRefusal, type CallRequest, type CallState, mostCalls } from '../../../core/calls/calls.ts'
import { describeLimit } from '../../../core/scheduler/limits.ts'
import type { Outcome } from '../../../core/scheduler/run.ts'
import { type Answer, errorShape, invalidSecret, ok, okShape, reasonShape, refused, tooLong } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { type Route, type RunSecret, route } from '../route.ts'

const secret = z.string().optional()
const refusals = { 409: reasonShape, 413: errorShape }
/** Characters of an `Idempotency-Key`. */
const longestIdempotencyKey = 255

/** Agents that call agents. */
export function callRoutes({ plane }: GatewayOptions): Route[] {
  return [
    route({
      method: 'POST',
      path: '/calls',
      access: 'session',
      summary: 'Calls another agent, and does not wait. The same `Idempotency-Key` of the same run is the same call.',
      body: z.object({ secret, targetAgent: z.string().min(1), context: z.string() }),
      answers: { 200: okShape.extend({ callId: z.string() }), ...refusals },
      async handle({ session, body: { targetAgent, context }, header }) {
        const idempotencyKey = header('idempotency-key')
        if ((idempotencyKey?.length ?? 0) > longestIdempotencyKey) {
          return refused(400, `Idempotency-Key: has more than ${longestIdempotencyKey} characters`)
        }
        const called = await call(plane, session, {
          target: targetAgent,
          context,
          idempotencyKey,
          trace: header('traceparent'),
        })
        return 'status' in called ? called : ok({ ok: true, callId: called.call })
      },
    }),
    route({
      method: 'POST',
      path: '/signals/trigger',
      access: 'session',
      summary: 'Calls another agent without asking for its answer.',
      body: z.object({ secret, targetAgent: z.string().min(1), context: z.string().min(1) }),
      answers: { 200: okShape, ...refusals },
      async handle({ session, body: { targetAgent, context }, header }) {
        const called = await call(plane, session, { target: targetAgent, context, trace: header('traceparent') })
        return 'status' in called ? called : ok({ ok: true })
      },
    }),
    route({
      method: 'GET',
      path: '/calls/:callId',
      access: 'session',
      summary: 'What has become of a call. Only the run that made it may ask.',
      params: z.object({ callId: z.string() }),
      query: z.object({ secret }),
      answers: {
        200: z.object({
          status: z.enum(['pending', 'running', 'completed', 'error']),
          returnValue: z.string().optional(),
          errorMessage: z.string().optional(),
          outcome: z.string().optional().describe('how the called run ended, if not well'),
          code: z.number().optional().describe('its exit code'),
          waitsFor: z.array(z.string()).optional().describe('while pending: the runs that hold the slots it waits for'),
          blocked: z.literal(true).optional().describe('all of those wait for this call: it starts when they stop'),
        }),
        404: errorShape,
      },
      handle: async ({ session, params }) => stateAnswer(await plane.readCall(session, params.callId)),
    }),
  ]
}

async function call(
  plane: GatewayOptions['plane'],
  session: RunSecret,
  request: CallRequest,
): Promise<Answer | { readonly call: string }> {
  const problem = tooLong('context', request.context)
  if (problem !== undefined) return problem
  const called = await plane.createCall(session, request)
  if (called.kind === 'called') return called
  if (called.kind !== 'refused') return invalidSecret()
  const target = request.target.slice(0, 100)
  const reason =
    called.why === 'budget'
      ? `target agent "${target}" is not started: ${describeLimit(called.limit)}`
      : reasons[called.why](target)
  return { status: 409, body: { ok: false, reason } }
}

const reasons: Readonly<Record<CallRefusal, (target: string) => string>> = {
  self: () => 'agent cannot call itself',
  depth: () => 'trigger depth limit reached',
  unknown: (target) => `target agent "${target}" not found`,
  off: (target) => `target agent "${target}" is disabled`,
  full: (target) => `the queue of target agent "${target}" is full`,
  'too many': () => `too many calls: a run may make ${mostCalls}`,
}

const endings: Readonly<Partial<Record<Outcome, string>>> = {
  killed: 'agent run was killed',
  timeout: 'agent run timed out',
  lost: 'agent run was lost',
  expired: 'call timed out',
  refused: 'target agent was removed',
  budget_exceeded: 'agent run was ended by a limit',
}

function stateAnswer(state: CallState): Answer {
  switch (state.kind) {
    case 'pending':
      return ok({ status: 'pending', waitsFor: state.waitsFor, ...(state.blocked && { blocked: true }) })
    case 'running':
      return ok({ status: 'running' })
    case 'completed':
      return ok({ status: 'completed', ...(state.result !== undefined && { returnValue: state.result }) })
    case 'error': {
      const { outcome, code, reason } = state
      const errorMessage = reason ?? endings[outcome] ?? 'agent run failed'
      return ok({ status: 'error', errorMessage, outcome, ...(code !== undefined && { code }) })
    }
    case 'unknown':
      return refused(404, 'call not found')
    default:
      return invalidSecret()
  }
}
