import { hasFreeSlot } from '../scheduler/admission.ts'
import { drain } from '../scheduler/drain.ts'
import { launch, orderOf, putRun, readRun } from '../scheduler/launch.ts'
import { type DayLimit, warnOfStart } from '../scheduler/limits.ts'
import { readAround } from '../scheduler/live.ts'
import { loadPayload, type Packed, packPayload } from '../scheduler/payload.ts'
import { place } from '../scheduler/place.ts'
import { asProject, projectKey } from '../scheduler/project.ts'
import { hashOf, newSecret, newSuffix, type Outcome, parseRunId, type Run, runId, runKey } from '../scheduler/run.ts'
import { asSeen, seenKey, writeSeen } from '../scheduler/seen.ts'
import { nobody, type Session, standing } from '../scheduler/session.ts'
import { type Decision, settle } from '../scheduler/settle.ts'
import { hasDayLimits, readSpending, type Spending } from '../scheduler/spending.ts'
import { logRefusal, patience } from '../scheduler/trigger.ts'
import type { World } from '../scheduler/world.ts'
import { absent, type Write } from '../store.ts'
import { parseTraceparent } from '../telemetry/trace-context.ts'

/** Calls a run may make. */
export const mostCalls = 50
const remembered = 7 * 24 * 3600

export interface CallRequest {
  readonly target: string
  readonly context: string
  /** The same key of the same caller is the same call. */
  readonly idempotencyKey?: string
  /** W3C `traceparent` of the call; a text that is not one is ignored. */
  readonly trace?: string
}

export type Called =
  /** The id of a call is that of the run it made. */
  | { readonly kind: 'called'; readonly call: string }
  | { readonly kind: 'refused'; readonly why: CallRefusal }
  /** A limit per day is reached. */
  | { readonly kind: 'refused'; readonly why: 'budget'; readonly limit: DayLimit }
  | { readonly kind: 'over' | 'stranger' }

export type CallRefusal = 'self' | 'depth' | 'too many' | 'unknown' | 'off' | 'full'

/**
 * A run calls another agent: one more run, with its caller in its chain. It starts or waits like any other; the caller
 * does not wait. Depth and calls to oneself are limited by the chain, which is stored with the run, so that no agent can
 * change it.
 */
export async function createCall(world: World, session: Session, request: CallRequest): Promise<Called> {
  const { target, context, idempotencyKey } = request
  // It may come from the caller's own environment.
  const trace = parseTraceparent(request.trace) && request.trace
  const now = world.clock.now()
  const suffix = newSuffix(now, world.random)
  const ticket = newSecret(world.random)
  const call = runId({ agent: target, suffix })
  const callerId = runId(session)
  const dedupe = idempotencyKey && { key: `call|${callerId}|${idempotencyKey}`, seconds: remembered }
  const rule = world.rules.agents.get(target)
  let input: Packed | undefined
  let created: Run | undefined
  let spending: Spending | undefined

  const answer = await settle(world, async (tried): Promise<Decision<Called>> => {
    if (tried > 0) {
      created = await readRun(world, { agent: target, suffix })
      // A commit of ours that was reported as a conflict.
      if (created !== undefined) return { answer: { kind: 'called', call } }
    }
    const keys = [runKey(session), projectKey, ...(dedupe ? [seenKey(dedupe)] : [])]
    const [[callerItem, projectItem, seenItem], live, spent] = await Promise.all([
      world.store.get(keys),
      readAround(world, target),
      rule !== undefined && hasDayLimits(world, rule) ? readSpending(world, target) : undefined,
    ])
    spending = spent
    const caller = callerItem?.data as Run | undefined
    const is = standing(caller, session)
    if (callerItem === undefined || caller === undefined || is !== 'running') {
      return { answer: nobody(is) }
    }
    const seen = asSeen(seenItem)
    if (seen !== undefined && 'run' in seen) return { answer: { kind: 'called', call: seen.run } }
    const why = refusal(world, caller, target)
    if (why !== undefined || rule === undefined) return { answer: { kind: 'refused', why: why ?? 'unknown' } }

    const draft = {
      agent: target,
      suffix,
      trigger: { kind: 'call', caller: callerId },
      chain: [...caller.chain, callerId],
      rerun: 0,
      compute: rule.compute,
      createdAt: now,
      ...(trace !== undefined && { trace }),
    } as const
    const wish = { rule, draft, ticket, mayStart: tried === 0, patience: patience.call }
    const placed = place(world, wish, { project: asProject(projectItem), live, spending })
    if (placed.kind === 'full') return { answer: { kind: 'refused', why: 'full' } }
    if (placed.kind === 'blocked') return { answer: { kind: 'refused', why: 'off' } }
    if (placed.kind === 'over budget') return { answer: { kind: 'refused', why: 'budget', limit: placed.limit } }
    input ??= await packPayload(world, call, 'in', context)
    created = { ...placed.run, input: input.payload }
    const writes: Write[] = [
      putRun(created, absent),
      ...placed.writes,
      ...input.writes,
      // The caller is part of the commit: one that is being ended calls nobody any more.
      putRun({ ...caller, calls: caller.calls + 1 }, callerItem.expected),
      ...(dedupe && seenItem ? [writeSeen(world, dedupe, seenItem.expected, { run: call })] : []),
    ]
    return { writes, answer: { kind: 'called', call } }
  })
  if (answer.kind === 'refused' && answer.why === 'full') logRefusal(world, target, { kind: 'call', caller: callerId })
  if (answer.kind !== 'called' || answer.call !== call || created === undefined || rule === undefined) return answer
  if (created.state === 'queued') await drain(world, target)
  else if (created.tickets.includes(hashOf(ticket))) {
    warnOfStart(world, rule, spending)
    await launch(world, orderOf(rule, created, ticket))
  }
  return answer
}

/** Decided from the caller alone: neither busy agents nor a pause refuse a call, they make it wait. */
function refusal(world: World, caller: Run, target: string): CallRefusal | undefined {
  const rule = world.rules.agents.get(target)
  if (target === caller.agent) return 'self'
  if (caller.chain.length >= world.rules.limits.maxCallDepth) return 'depth'
  if (rule === undefined) return 'unknown'
  if (rule.scale === 0) return 'off'
  return caller.calls >= mostCalls ? 'too many' : undefined
}

export type CallState =
  | {
      readonly kind: 'pending'
      /** Run ids that hold the slots it waits for. */
      readonly waitsFor: readonly string[]
      /** All of them wait for this call themselves: it starts when the caller stops waiting for it. */
      readonly blocked: boolean
    }
  | { readonly kind: 'running' }
  | { readonly kind: 'completed'; readonly result?: string }
  | { readonly kind: 'error'; readonly outcome: Outcome; readonly code?: number; readonly reason?: string }
  /** No such call, or not of this caller. */
  | { readonly kind: 'unknown' | 'over' | 'stranger' }

/** What has become of a call. It is read from the callee's run, so the two cannot disagree. */
export async function readCall(world: World, session: Session, call: string): Promise<CallState> {
  const ref = parseRunId(call)
  const caller = await readRun(world, session)
  const is = standing(caller, session)
  if (caller === undefined || is !== 'running') return nobody(is)
  const run = ref && (await readRun(world, ref))
  if (run?.trigger.kind !== 'call' || run.trigger.caller !== runId(caller)) return { kind: 'unknown' }
  if (run.state === 'queued') return await pending(world, run)
  if (run.state !== 'done') return { kind: 'running' }
  if (run.outcome === 'completed' || run.outcome === 'rerun') {
    return { kind: 'completed', ...(run.result && { result: await loadPayload(world, run.result) }) }
  }
  const { outcome = 'error', code, reason } = run
  return { kind: 'error', outcome, code, reason }
}

/**
 * Which runs hold what a waiting call needs: the slots of its agent, or of the whole project. If all of them are
 * ancestors of the call, none can end while the call is waited for.
 */
async function pending(world: World, run: Run): Promise<CallState> {
  const [[projectItem], live] = await Promise.all([world.store.get([projectKey]), readAround(world, run.agent)])
  const target = live.get(run.agent)
  const ownFull = (target?.active.length ?? 0) >= (world.rules.agents.get(run.agent)?.scale ?? 0)
  const projectFull = !hasFreeSlot(world, asProject(projectItem), live)
  const holders = ownFull ? [target] : projectFull ? [...live.values()] : []
  const waitsFor = holders.flatMap((one) => one?.active.map((suffix) => runId({ agent: one.agent, suffix })) ?? [])
  return { kind: 'pending', waitsFor, blocked: waitsFor.length > 0 && waitsFor.every((id) => run.chain.includes(id)) }
}
