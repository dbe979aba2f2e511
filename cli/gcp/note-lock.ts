import { lockRecords, pulumiCache } from '../../infra/gcp/deploy/lock-records.ts'
import type { StateFiles } from '../../infra/gcp/deploy/state-files.ts'
import type { StackPlace } from '../../infra/gcp/stack-place.ts'

/**
 * Keeps on this machine that a process group of it holds a stack, for the next deploy, should this one be killed. An update
 * that has begun is the only one that has a lock; where somebody else tries at this moment, nothing is kept.
 */
export const noteLock =
  (files: Pick<StateFiles, 'locks'>, place: StackPlace) =>
  (group: number): void => {
    const note = async () => {
      const [lock, ...others] = await files.locks(place)
      if (lock !== undefined && others.length === 0) lockRecords(pulumiCache(process.env)).remember(lock, group)
    }
    // Without it the next deploy asks a person.
    note().catch(() => {})
  }
