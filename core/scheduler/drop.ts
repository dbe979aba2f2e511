import { doneRun, logEnd, putDone } from './end.ts'
import { type Entry, removeEntry } from './live.ts'
import { asProject, projectKey, writeProject } from './project.ts'
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
  outcome: 'expired' | 'refused' | 'killed' | 'budget_exceeded',
  reason = reasons[outcome],
): Promise<boolean> {
  const dropped = await settle(world, async (): Promise<Decision<Run | undefined>> => {
    const [runItem, entryItem] = await world.store.get([runKey(entry), entry.key])
    const run = runItem?.data as Run | undefined
    if (runItem === undefined || entryItem?.data === undefined || run?.state !== 'queued') return { answer: undefined }
    const done = doneRun(world, run, { outcome, reason })
    return {
      writes: [putDone(done, runItem.expected), { kind: 'delete', key: entry.key, expected: entryItem.expected }],
      answer: done,
    }
  })
  if (dropped !== undefined) logEnd(world, dropped)
  return dropped !== undefined
}

/**
 * Removes a place in the queue whose run is not waiting: otherwise it would hold up everybody behind it for good. A run
 * and its place change in one commit, so such a place exists only if somebody has changed the store by hand.
 */
export async function dropOrphan(world: World, entry: Entry): Promise<void> {
  await settle(world, async (): Promise<Decision<void>> => {
    const [runItem, entryItem, projectItem] = await world.store.get([runKey(entry), entry.key, projectKey])
    const run = runItem?.data as Run | undefined
    if (entryItem?.data === undefined || run?.state === 'queued') return { answer: undefined }
    // The project is written as it is: a delete never goes alone.
    const writes = [writeProject(asProject(projectItem), {}), removeEntry({ ...entry, expected: entryItem.expected })]
    return { writes, answer: undefined }
  })
}
