import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Handout } from '../../core/plan/decisions.ts'
import type { Finish } from '../../core/scheduler/finish.ts'
import { hashOf, newSecret, type Trigger, type Usage } from '../../core/scheduler/run.ts'
import type { StartMessage } from '../../core/scheduler/start-message.ts'
import type { Telemetry } from '../../core/telemetry/tracer.ts'
import { httpRequest } from './http-request.ts'

/** What the gateway answers to a claim. */
export interface Claim {
  readonly run: string
  readonly agent: string
  readonly trigger: Trigger
  /** How often the chain of reruns has gone on. */
  readonly rerun: number
  readonly input?: unknown
  readonly config: Handout
  readonly remainingMs: number
  readonly leaseMs: number
  /** Where the run stands in its trace, and where its spans go, if that is recorded. */
  readonly traceparent?: string
  readonly telemetry?: Pick<Telemetry, 'serviceName' | 'headers'> & {
    readonly endpoint: string
    readonly project: string
    readonly environment: string
  }
}

/** What it answers to a sign of life. */
export interface Alive {
  readonly stop?: string
  readonly remainingMs: number
  readonly leaseMs: number
  /** Why the model is to make no more turns today. */
  readonly overBudget?: string
}

/**
 * - `over`: the run has ended, or belongs to another container; there is nothing to do. `stranger`: this secret is not known.
 * - `refused`: what was sent is not taken, however often it is sent. `unreachable`: it may be, later.
 */
export type Reply<Answer> =
  | { readonly kind: 'ok'; readonly answer: Answer }
  | { readonly kind: 'over' | 'stranger'; readonly why: string }
  | { readonly kind: 'refused' | 'unreachable'; readonly why: string }

/** How a run speaks to the gateway. The session secret is made here and leaves as a bearer only. */
export interface GatewayClient {
  /** The bearer of everything that is said for this run after its claim. */
  readonly session: string
  claim(container: string | undefined, signal?: AbortSignal): Promise<Reply<Claim>>
  heartbeat(usage: Usage | undefined, signal?: AbortSignal): Promise<Reply<Alive>>
  poll(signal?: AbortSignal): Promise<Reply<Alive>>
  finish(said: Finish, signal?: AbortSignal): Promise<Reply<{ readonly outcome: string; readonly next?: string }>>
}

/** Milliseconds after which a request is given up; a claim may carry a large input. */
const patience = { claim: 20_000, other: 10_000 } as const

export function gatewayClient({ run, ticket, gateway }: StartMessage): GatewayClient {
  const session = `${run}.${newSecret(randomBytes)}`
  const hash = hashOf(session)

  async function ask<Answer>(
    method: 'GET' | 'POST',
    path: string,
    { bearer = session, body, ms = patience.other, signal }: Asked,
  ): Promise<Reply<Answer>> {
    try {
      const { status, text } = await httpRequest(`${gateway}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${bearer}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([AbortSignal.timeout(ms), ...(signal ? [signal] : [])]),
      })
      return replyOf<Answer>(status, parsed(text))
    } catch (error) {
      return { kind: 'unreachable', why: causeOf(error) }
    }
  }

  return {
    session,
    claim: (container, signal) => {
      const body = { session: hash, ...(container !== undefined && { container }) }
      return ask('POST', '/runs/claim', { bearer: `${run}.${ticket}`, body, ms: patience.claim, signal })
    },
    heartbeat: (usage, signal) => ask('POST', '/runs/heartbeat', { body: { ...(usage && { usage }) }, signal }),
    poll: (signal) => ask('GET', '/runs/self', { signal }),
    finish: (said, signal) => ask('POST', '/runs/finish', { body: said, signal }),
  }
}

interface Asked {
  readonly bearer?: string
  readonly body?: unknown
  readonly ms?: number
  readonly signal?: AbortSignal | undefined
}

function replyOf<Answer>(status: number, body: unknown): Reply<Answer> {
  const said = (body as { error?: unknown } | undefined)?.error
  const why = `the gateway answered ${status}${typeof said === 'string' ? `: ${said}` : ''}`
  if (status === 200 && typeof body === 'object' && body !== null) return { kind: 'ok', answer: body as Answer }
  if (status === 409 || status === 410) return { kind: 'over', why }
  if (status === 403) return { kind: 'stranger', why }
  // An answer that was cut off, too many requests, a gateway that is being replaced: all of it passes.
  if (status < 400 || status === 408 || status === 429 || status >= 500) return { kind: 'unreachable', why }
  return { kind: 'refused', why }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An error of several addresses has no message, and that of an abort only says that it is one. */
function causeOf(error: unknown): string {
  const { message = String(error), code, cause } = error as NodeJS.ErrnoException & { readonly cause?: unknown }
  const why = cause instanceof Error ? cause.message : message || code
  return `the gateway cannot be reached: ${why}`
}

/** Milliseconds between two tries: with jitter, so that a thousand containers do not come back at the same moment. */
const firstPause = 200
const longestPause = 5000

/**
 * Asks again while the gateway cannot be reached, until the moment `until` of `performance.now()` or the signal. Answers
 * the last reply, and when the request was sent that got it.
 */
export async function askUntil<Answer>(
  until: number,
  ask: () => Promise<Reply<Answer>>,
  signal?: AbortSignal,
): Promise<{ readonly reply: Reply<Answer>; readonly sentAt: number }> {
  const aborted = () => signal?.aborted === true
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    const sentAt = performance.now()
    const reply = await ask()
    const wait = pause * (0.5 + Math.random() / 2)
    if (reply.kind !== 'unreachable' || aborted() || performance.now() + wait >= until) {
      return { reply, sentAt }
    }
    await sleep(wait, undefined, { ...(signal && { signal }) }).catch(() => undefined)
    if (aborted()) return { reply, sentAt }
  }
}
