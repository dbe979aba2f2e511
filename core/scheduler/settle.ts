import type { Write } from '../store.ts'
import type { World } from './world.ts'

/**
 * What a command decides from what it has read: writes, and the answer if they succeed; an answer alone; or that it has
 * to read again.
 */
export type Decision<Answer> = { readonly writes?: readonly Write[]; readonly answer: Answer } | 'stale'

/** Nothing was changed because others kept changing the same items, or the store did not answer in time. Try again later. */
export class Busy extends Error {
  override readonly name = 'Busy'
}

/** Milliseconds for which a command keeps trying: requests end at 30 s. */
const longestTry = 25_000
const firstPause = 20
const longestPause = 500

/**
 * Reads, decides, commits; on a conflict all over again, after a pause of random length. `decide` has to allow for its own
 * success: a commit that reached the store may be reported as a conflict.
 *
 * Throws `Busy` after so many tries.
 */
export async function settle<Answer>(
  world: World,
  decide: (tried: number) => Promise<Decision<Answer>>,
  tries = 8,
): Promise<Answer> {
  const giveUp = world.clock.now() + longestTry
  for (let tried = 0; ; tried++) {
    const decision = await decide(tried)
    if (decision !== 'stale') {
      const { writes = [], answer } = decision
      if (writes.length === 0 || (await world.store.commit(writes)) === 'ok') return answer
    }
    if (tried + 1 >= tries || world.clock.now() > giveUp) throw new Busy('too many others change the same items')
    await world.clock.sleep(chance(world) * Math.min(longestPause, firstPause * 2 ** tried))
  }
}

/** For what must go through, since others wait for it. */
export const manyTries = 20

const chance = (world: World): number => Buffer.from(world.random(4)).readUInt32BE() / 2 ** 32
