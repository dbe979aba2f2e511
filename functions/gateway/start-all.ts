import { Busy } from '../../core/scheduler/settle.ts'
import type { TriggerOrder } from '../../core/scheduler/trigger.ts'
import type { GatewayOptions } from './options.ts'

export interface Started {
  readonly made: readonly { readonly agent: string; readonly run: string; readonly state: 'started' | 'queued' }[]
  /** What was told before: the run it made, or why it made none. */
  readonly duplicates: readonly { readonly agent: string; readonly run?: string; readonly skipped?: string }[]
  readonly refused: readonly { readonly agent: string; readonly why: string }[]
}

/** Runs made at the same time: a store takes more, but an answer waits for their launches too. */
const width = 8

/** Makes the runs of one delivery, each in a commit of its own. One that fails stops none of the others. */
export async function startAll(
  { plane, log }: Pick<GatewayOptions, 'plane' | 'log'>,
  orders: readonly TriggerOrder[],
): Promise<Started> {
  const answers = await eachOf(orders, async (order) => {
    try {
      return await plane.trigger(order)
    } catch (error) {
      if (error instanceof Busy) return { kind: 'refused', why: 'busy' } as const
      const fields = {
        agent: order.agent,
        error: String(error),
        stack: error instanceof Error ? error.stack : undefined,
      }
      log('error', 'a run could not be recorded', fields)
      return { kind: 'refused', why: 'internal error' } as const
    }
  })
  const made: Started['made'][number][] = []
  const duplicates: Started['duplicates'][number][] = []
  const refused: Started['refused'][number][] = []
  for (const [i, { agent }] of orders.entries()) {
    const answer = answers[i]
    if (answer === undefined) continue
    if (answer.kind === 'duplicate') duplicates.push({ agent, run: answer.run, skipped: answer.skipped })
    else if ('why' in answer) refused.push({ agent, why: answer.why })
    else made.push({ agent, run: answer.run, state: answer.kind })
  }
  return { made, duplicates, refused }
}

async function eachOf<One, Result>(items: readonly One[], work: (one: One) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  const rest = items.entries()
  const worker = async () => {
    for (const [i, one] of rest) results[i] = await work(one)
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}
