import { Busy } from '../../core/scheduler/settle.ts'
import { sideBySide } from '../../core/scheduler/side-by-side.ts'
import type { Triggered, TriggerOrder } from '../../core/scheduler/trigger.ts'
import type { GatewayOptions } from './options.ts'

/** `budget_exceeded`: it is recorded, and over at once, since a limit per day is reached. */
type Made = 'started' | 'queued' | 'budget_exceeded'

export interface Started {
  readonly made: readonly { readonly agent: string; readonly run: string; readonly state: Made }[]
  /** The delivery came before: the run that it made, or why it made none. */
  readonly duplicates: readonly { readonly agent: string; readonly run?: string; readonly skipped?: string }[]
  readonly refused: readonly { readonly agent: string; readonly why: string }[]
}

/** Makes the runs of one delivery, each in a commit of its own. One that fails stops none of the others. */
export async function startAll(
  { plane, log }: Pick<GatewayOptions, 'plane' | 'log'>,
  orders: readonly TriggerOrder[],
): Promise<Started> {
  const answers = new Map<TriggerOrder, Triggered>()
  const failed = await sideBySide(orders, async (order) => {
    answers.set(order, await plane.trigger(order))
  })
  const made: Started['made'][number][] = []
  const duplicates: Started['duplicates'][number][] = []
  const refused: Started['refused'][number][] = []
  for (const order of orders) {
    const { agent } = order
    const answer = answers.get(order)
    if (answer === undefined) continue
    if (answer.kind === 'duplicate') duplicates.push({ agent, run: answer.run, skipped: answer.skipped })
    else if ('why' in answer) refused.push({ agent, why: answer.why })
    else made.push({ agent, run: answer.run, state: answer.kind })
  }
  for (const { item, error } of failed) {
    const busy = error instanceof Busy
    refused.push({ agent: item.agent, why: busy ? 'busy' : 'internal error' })
    if (busy) continue
    const stack = error instanceof Error ? error.stack : undefined
    log('error', 'a run could not be recorded', { agent: item.agent, error: String(error), stack })
  }
  return { made, duplicates, refused }
}
