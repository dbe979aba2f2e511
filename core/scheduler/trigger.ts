import { absent, type Write } from '../store.ts'
import type { Obstacle } from './admission.ts'
import { drain } from './drain.ts'
import { doneRun, logEnd, putDone } from './end.ts'
import { fresh, launch, orderOf, putRun, readRun } from './launch.ts'
import { type DayLimit, describeLimit, warnOfStart } from './limits.ts'
import { readAround } from './live.ts'
import { type Packed, packPayload } from './payload.ts'
import { place } from './place.ts'
import { asProject, projectKey } from './project.ts'
import { hashOf, newSecret, newSuffix, type Run, runId, type Trigger } from './run.ts'
import { asSeen, type Dedupe, type Seen, seenKey, writeSeen } from './seen.ts'
import { type Decision, settle } from './settle.ts'
import { hasDayLimits, readSpending, type Spending } from './spending.ts'
import type { World } from './world.ts'

export interface TriggerOrder {
  readonly agent: string
  readonly trigger: Trigger
  /** What the run is told, as JSON text. */
  readonly input?: string
  readonly dedupe?: Dedupe
  /** W3C `traceparent` of what makes the run. */
  readonly trace?: string
  /**
   * What happens when it cannot start at once. A skipped event is recorded as skipped; a refused one leaves no record.
   * Whatever this says, a delivery that finds a limit reached is recorded as a run that ended because of it, since its
   * sender would not send it again.
   */
  readonly whenBusy: 'queue' | 'skip' | 'refuse'
}

export type Triggered =
  | { readonly kind: 'started' | 'queued'; readonly run: string }
  /** Recorded, and over at once: a limit per day is reached. It can be retried. */
  | { readonly kind: 'budget_exceeded'; readonly run: string; readonly limit: DayLimit }
  /** The event has come before: the run that it made, or why it made none. */
  | { readonly kind: 'duplicate'; readonly run?: string; readonly skipped?: string }
  | { readonly kind: 'skipped'; readonly why: Obstacle }
  | { readonly kind: 'skipped' | 'refused'; readonly why: 'budget'; readonly limit: DayLimit }
  /** `unknown`: no such agent. `full`: its queue takes no more. */
  | { readonly kind: 'refused'; readonly why: Obstacle | 'unknown' | 'full' }

/** Milliseconds a run waits for a slot, also while its agent is paused. */
export const patience = { webhook: 24 * 3600_000, call: 2 * 3600_000 } as const

/**
 * Makes one run of an event, whatever crashes and however often it is reported: the record of the event is written in the
 * same commit as its run. An answer means that the run is in the store; it is launched before the answer, or by the
 * sweep.
 *
 * Throws `Busy` when nothing could be decided; then nothing is recorded.
 */
export async function trigger(world: World, order: TriggerOrder): Promise<Triggered> {
  const { agent, dedupe, whenBusy } = order
  const rule = world.rules.agents.get(agent)
  if (rule === undefined) return { kind: 'refused', why: 'unknown' }
  if (rule.scale === 0) return { kind: 'refused', why: 'off' }
  const now = world.clock.now()
  const suffix = newSuffix(now, world.random)
  const ticket = newSecret(world.random)
  const run = runId({ agent, suffix })
  const draft = {
    ...{ agent, suffix, trigger: order.trigger, chain: [], rerun: 0, compute: rule.compute, createdAt: now },
    ...(order.trace !== undefined && { trace: order.trace }),
  }
  let input: Packed | undefined
  let created: Run | undefined
  let made: Triggered | undefined
  let spending: Spending | undefined

  const answer = await settle(world, async (tried): Promise<Decision<Triggered>> => {
    if (tried > 0) {
      created = await readRun(world, { agent, suffix })
      // A commit of ours that was reported as a conflict.
      if (created !== undefined && made !== undefined) return { answer: made }
    }
    const keys = [projectKey, ...(dedupe === undefined ? [] : [seenKey(dedupe)])]
    const [[projectItem, seenItem], live, spent] = await Promise.all([
      world.store.get(keys),
      readAround(world, agent),
      hasDayLimits(world, rule) ? readSpending(world, agent) : undefined,
    ])
    spending = spent
    const seen = asSeen(seenItem)
    if (seen !== undefined) return { answer: { kind: 'duplicate', ...seen } }
    const remember = (what: Seen): Write[] =>
      dedupe === undefined || seenItem === undefined ? [] : [writeSeen(world, dedupe, seenItem.expected, what)]

    const waits = whenBusy === 'queue'
    const wish = {
      rule,
      draft,
      ticket,
      mayStart: !waits || tried === 0,
      patience: waits ? patience.webhook : undefined,
    }
    const placed = place(world, wish, { project: asProject(projectItem), live, spending })
    if (placed.kind === 'full') return { answer: { kind: 'refused', why: 'full' } }
    if (placed.kind === 'blocked') {
      if (whenBusy !== 'skip') return { answer: { kind: 'refused', why: placed.why } }
      return { writes: remember({ skipped: placed.why }), answer: { kind: 'skipped', why: placed.why } }
    }
    if (placed.kind === 'over budget' && order.trigger.kind !== 'webhook') {
      const { limit } = placed
      if (whenBusy !== 'skip') return { answer: { kind: 'refused', why: 'budget', limit } }
      const answer = { kind: 'skipped', why: 'budget', limit } as const
      return { writes: remember({ skipped: describeLimit(limit) }), answer }
    }
    // Only now is it known that there will be a run.
    if (order.input !== undefined) input ??= await packPayload(world, run, 'in', order.input)
    const told = input && { input: input.payload }
    if (placed.kind === 'over budget') {
      const { limit } = placed
      const waiting: Run = { ...fresh(draft), ...told, state: 'queued' }
      created = doneRun(world, waiting, { outcome: 'budget_exceeded', reason: describeLimit(limit) })
      made = { kind: 'budget_exceeded', run, limit }
      return { writes: [putDone(created, absent), ...remember({ run }), ...(input?.writes ?? [])], answer: made }
    }
    created = { ...placed.run, ...told }
    made = { kind: placed.kind, run }
    const writes = [putRun(created, absent), ...placed.writes, ...remember({ run }), ...(input?.writes ?? [])]
    return { writes, answer: made }
  })
  if (answer.kind === 'budget_exceeded' && created !== undefined) logEnd(world, created)
  if (answer.kind === 'started') warnOfStart(world, rule, spending)
  if (answer.kind === 'started' && created?.tickets.includes(hashOf(ticket))) {
    await launch(world, orderOf(rule, created, ticket))
  }
  if (answer.kind === 'refused' && answer.why === 'full') logRefusal(world, agent, order.trigger)
  if (answer.kind === 'queued') await drain(world, agent)
  return answer
}

/** A full queue refuses events that may not come again, so whoever operates the project should know. */
export const logRefusal = ({ log }: World, agent: string, { kind }: Trigger): void =>
  log('info', 'event refused', { agent, trigger: kind, why: 'its queue is full' })
