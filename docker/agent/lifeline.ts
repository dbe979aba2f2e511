import type { Usage } from '../../core/scheduler/run.ts'
import type { Log } from '../../core/scheduler/world.ts'
import { type Alive, askUntil, type GatewayClient, type Reply } from './gateway-client.ts'
import type { Interrupter } from './interruption.ts'
import type { TurnGate } from './session/turn-gate.ts'

/** Milliseconds. A heartbeat extends the lease; a poll only asks whether to stop, less often when a run has become a long one. */
const rhythm = { heartbeat: 60_000, poll: 15_000, longPoll: 30_000, longAfter: 120_000 } as const
/** Milliseconds before the end of the lease at which the run gives up by itself: what it does then must not overlap with another run. */
const margin = 60_000

export interface Lifeline {
  /** The moment of `performance.now()` from which on nobody may speak for this run any more. */
  readonly fenceAt: () => number
  /**
   * A heartbeat that asks for one more turn of the model: answers why there is to be none. It waits until there is an
   * answer, for as long as the run may go on, and rejects when there is no leave to go on at all.
   */
  readonly askForTurn: TurnGate
  /** Ends heartbeats, polls and the watch over the lease. */
  close(): void
}

export interface LifelineOptions {
  readonly client: GatewayClient
  /** The moment of `performance.now()` at which the claim was sent that was answered. */
  readonly claimedAt: number
  readonly leaseMs: number
  /** What the run has used so far. */
  readonly usage: () => Usage | undefined
  readonly interrupter: Interrupter
  readonly log: Log
}

/**
 * The connection of a running run to its record: heartbeats and polls. It interrupts the run when it is told to stop, when
 * the record has ended, and when the lease could not be renewed in time. Time is this machine's monotonic clock, counted from the
 * sending of what was answered.
 */
export function lifeline({ client, claimedAt, leaseMs, usage, interrupter, log }: LifelineOptions): Lifeline {
  const closing = new AbortController()
  let lease = leaseMs
  let renewedAt = claimedAt
  let fence: NodeJS.Timeout | undefined
  let next: NodeJS.Timeout | undefined

  const fenceAt = () => renewedAt + lease - margin
  function armFence(): void {
    clearTimeout(fence)
    fence = setTimeout(() => {
      log('error', 'the gateway has not answered for too long, ending the run', { leaseSeconds: lease / 1000 })
      close()
      interrupter.interrupt({ kind: 'fenced' })
    }, fenceAt() - performance.now())
  }

  async function beat(): Promise<void> {
    const sentAt = performance.now()
    const due = sentAt - renewedAt >= rhythm.heartbeat - rhythm.poll / 2
    const reply = await (due ? client.heartbeat(usage(), closing.signal) : client.poll(closing.signal))
    if (closing.signal.aborted) return
    if (due) renew(reply, sentAt)
    heed(reply)
    if (!closing.signal.aborted) schedule()
  }

  function renew(reply: Reply<Alive>, sentAt: number): void {
    if (reply.kind !== 'ok') return
    renewedAt = Math.max(renewedAt, sentAt)
    lease = reply.answer.leaseMs
    armFence()
  }

  const askForTurn: TurnGate = async (used) => {
    const { reply, sentAt } = await askUntil(
      Number.POSITIVE_INFINITY,
      () => client.heartbeat(used, closing.signal),
      closing.signal,
    )
    if (closing.signal.aborted) throw new Error('the run is over')
    renew(reply, sentAt)
    heed(reply)
    if (reply.kind !== 'ok') throw new Error(reply.why)
    return reply.answer.overBudget
  }

  function heed(reply: Reply<Alive>): void {
    if (reply.kind === 'ok') {
      const { stop } = reply.answer
      if (stop === undefined) return
      log('info', 'told to stop', { reason: stop })
      interrupter.interrupt({ kind: 'stopped', reason: stop })
    } else if (reply.kind === 'over' || reply.kind === 'stranger') {
      log('warn', 'the run is over, ending', { reason: reply.why })
      interrupter.interrupt({ kind: 'over' })
    } else {
      log('warn', 'no sign of life could be sent', { reason: reply.why })
      return
    }
    closing.abort()
    clearTimeout(next)
  }

  function schedule(): void {
    const young = performance.now() - claimedAt < rhythm.longAfter
    next = setTimeout(beat, young ? rhythm.poll : rhythm.longPoll)
  }

  function close(): void {
    closing.abort()
    clearTimeout(fence)
    clearTimeout(next)
  }

  armFence()
  schedule()
  return { fenceAt, askForTurn, close }
}
