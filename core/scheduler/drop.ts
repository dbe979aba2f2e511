import { doneRun, putDone } from './end.ts'
import type { Entry } from './live.ts'
import { type Outcome, type Run, runKey } from './run.ts'
import { type Decision, settle } from './settle.ts'
import type { World } from './world.ts'

const reasons: Partial<Record<Outcome, string>> = {
  expired: 'it waited too long for a free slot',
  refused: 'its agent was removed from the project',
}

/** Ends a run that waits, together with its place in the queue. True if it was there and this has ended it. */
export async function dropQueued(
  world: World,
  entry: Pick<Entry, 'agent' | 'suffix' | 'key'>,
  outcome: 'expired' | 'refused' | 'killed',
  reason = reasons[outcome],
): Promise<boolean> {
  return await settle(world, async (): Promise<Decision<boolean>> => {
    const [runItem, entryItem] = await world.store.get([runKey(entry), entry.key])
    const run = runItem?.data as Run | undefined
    if (runItem === undefined || entryItem?.data === undefined || run?.state !== 'queued') return { answer: false }
    return {
      writes: [
        putDone(doneRun(world, run, { outcome, reason }), runItem.expected),
        { kind: 'delete', key: entry.key, expected: entryItem.expected },
      ],
      answer: true,
    }
  })
}
