import { absent, type Write } from '../store.ts'
import { type Decision, settle } from './settle.ts'
import type { World } from './world.ts'

/**
 * Writes an item that nobody else ever writes differently: if the commit is reported as a conflict, an earlier try of
 * ours has succeeded.
 */
export async function putAlone(world: World, write: Write): Promise<void> {
  await settle(world, async (tried): Promise<Decision<void>> => {
    const [before] = tried === 0 ? [] : await world.store.get([write.key])
    if (before?.data !== undefined) return { answer: undefined }
    return { writes: [{ ...write, expected: before?.expected ?? absent }], answer: undefined }
  })
}
