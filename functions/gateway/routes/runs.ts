import * as z from 'zod'
import type { Claimed } from '../../../core/scheduler/claim.ts'
import type { Alive } from '../../../core/scheduler/heartbeat.ts'
import { originOf, type Run, runId, shortReason } from '../../../core/scheduler/run.ts'
import { type Answer, errorShape, invalidSecret, ok, refused, tooLong } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { publicTrigger, triggerShape } from '../public-run.ts'
import { type Route, type RunSecret, route } from '../route.ts'

/** More than any run can use: sums of them stay numbers. */
const most = { count: 1e12, dollars: 1e6 }
const count = z.number().min(0).max(most.count)
const usage = z.object({
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  totalTokens: count,
  cost: z.number().min(0).max(most.dollars).describe('US dollars'),
  turnCount: count,
})

const aliveShape = z.object({
  stop: z.string().optional().describe('why the run is to stop now'),
  remainingMs: z.number().describe('until the run ends whatever happens'),
  leaseMs: z.number().describe('from the sending of a heartbeat until the run counts as lost'),
  overBudget: z
    .string()
    .optional()
    .describe('why its model is to make no more turns: a limit per day is reached. Told with heartbeats'),
})
const none = z.object({ secret: z.string().optional() })

/** The life of a run, as its container sees it. */
export function runRoutes({ plane, handout, decisions }: GatewayOptions): Route[] {
  return [
    route({
      method: 'POST',
      path: '/runs/claim',
      access: 'bearer',
      summary:
        'Takes a run: bearer `<run id>.<ticket>`, with the hash of a secret `<run id>.<32 bytes>` the container has made.',
      body: z.object({
        session: z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the session secret, in lower-case hex')
          .describe('SHA-256 of the whole session secret, in hex'),
        container: z.string().max(512).optional().describe('what the platform calls the container'),
      }),
      answers: {
        200: z.object({
          run: z.string(),
          agent: z.string(),
          trigger: triggerShape,
          rerun: z.number().describe('how often the chain of reruns has gone on'),
          input: z.unknown().optional().describe('what the run is told; for a call the text of its context'),
          config: z.record(z.string(), z.unknown()).describe('what the agent needs to know'),
          remainingMs: z.number(),
          leaseMs: z.number(),
          traceparent: z.string().optional().describe('W3C: where the run stands in its trace, if that is recorded'),
          telemetry: z
            .object({
              endpoint: z.string().describe('takes OTLP over HTTP'),
              serviceName: z.string(),
              headers: z.record(z.string(), z.string()).describe('with references to credentials'),
              project: z.string(),
              environment: z.string(),
            })
            .optional()
            .describe('where its spans go'),
        }),
        409: errorShape.describe('another container has the run: this one is not needed'),
        410: errorShape.describe('the run is over, or is not to go on'),
      },
      async handle({ session, body }) {
        const { agent, suffix, secret: ticket } = session
        const claimed = await plane.claim({ agent, suffix, ticket, ...body })
        if (claimed.kind === 'stranger') return invalidSecret()
        if (claimed.kind === 'taken') return refused(409, 'another container has claimed this run')
        if (claimed.kind === 'over') return over
        const config = await handout(agent)
        if (config === undefined)
          throw new Error(`the configuration of agent "${agent}" is not part of this deployment`)
        return ok({ ...claimedRun(claimed), config, ...traceOf(claimed.run, decisions) })
      },
    }),
    route({
      method: 'POST',
      path: '/runs/heartbeat',
      access: 'bearer',
      summary:
        'Says that the container is alive, about once a minute; and, where the cost of a day is limited, before each turn.',
      body: z.object({ usage: usage.optional() }),
      answers: { 200: aliveShape, 410: errorShape },
      handle: async ({ session, body }) => aliveAnswer(await plane.heartbeat(session, body.usage)),
    }),
    route({
      method: 'GET',
      path: '/runs/self',
      access: 'bearer',
      summary: 'Whether the run is to stop. Asked in between heartbeats; it extends nothing.',
      answers: { 200: aliveShape, 410: errorShape },
      handle: async ({ session }) => aliveAnswer(await plane.poll(session)),
    }),
    route({
      method: 'POST',
      path: '/runs/finish',
      access: 'bearer',
      summary: 'Says how the run ended. Said again it gets the same answer.',
      body: z.object({
        outcome: z.enum(['completed', 'rerun', 'error', 'killed', 'budget_exceeded']),
        code: z.int().min(0).max(255).optional().describe('exit code of the agent'),
        reason: z.string().optional(),
        result: z.string().optional().describe('what it returns to its caller, at most 256 KiB'),
        usage: usage.optional(),
        modelRefused: z.enum(['quota', 'auth']).optional(),
      }),
      answers: {
        200: z.object({
          outcome: z.string().describe('as it was recorded'),
          next: z.string().optional().describe('the run that goes on'),
        }),
        410: errorShape,
        413: errorShape,
      },
      async handle({ session, body }) {
        const problem = body.result === undefined ? undefined : tooLong('result', body.result)
        if (problem !== undefined) return problem
        const finished = await plane.finish(session, body)
        if (finished.kind !== 'done') return finished.kind === 'over' ? over : invalidSecret()
        const { outcome, next } = finished
        return ok({ outcome, ...(next !== undefined && { next }) })
      },
    }),
    route({
      method: 'POST',
      path: '/shutdown',
      access: 'session',
      summary: 'Ends the own run as killed, and stops its container.',
      body: none.extend({ reason: z.string().optional(), details: z.unknown().optional() }),
      answers: { 200: z.object({ killed: z.literal(true), container: z.string().describe('the run id') }) },
      handle: async ({ session, body }) => await shutdown(plane, session, shortReason(body.reason ?? 'al-shutdown')),
    }),
  ]
}

/** Told to stop first, since nothing stops the container of a run that is over; then ended, so that its slot is free now. */
async function shutdown(plane: GatewayOptions['plane'], session: RunSecret, reason: string): Promise<Answer> {
  const alive = await plane.poll(session)
  if (alive.kind !== 'alive') return invalidSecret()
  await plane.kill(session, reason)
  await plane.finish(session, { outcome: 'killed', reason })
  return ok({ killed: true, container: runId(session) })
}

function traceOf({ trace }: Run, { telemetry, project, environment }: GatewayOptions['decisions']) {
  if (trace === undefined || telemetry?.endpoint === undefined) return {}
  const { endpoint, serviceName, headers } = telemetry
  return { traceparent: trace, telemetry: { endpoint, serviceName, headers, project, environment } }
}

const over = refused(410, 'the run is over')

function aliveAnswer(alive: Alive): Answer {
  if (alive.kind !== 'alive') return alive.kind === 'over' ? over : invalidSecret()
  const { kind: _, ...rest } = alive
  return ok(rest)
}

function claimedRun({ run, input, remainingMs, leaseMs }: Extract<Claimed, { kind: 'granted' }>) {
  return {
    run: runId(run),
    agent: run.agent,
    trigger: publicTrigger(run.trigger),
    rerun: run.rerun,
    ...(input !== undefined && { input: readInput(run, input) }),
    remainingMs,
    leaseMs,
  }
}

/** A call's context is text as its caller wrote it, whatever it looks like. All other input was written by us as JSON. */
const readInput = (run: Run, text: string): unknown => (originOf(run).kind === 'call' ? text : JSON.parse(text))
