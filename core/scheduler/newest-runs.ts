import type { Run } from './run.ts'
import { sideBySide } from './side-by-side.ts'
import { history } from './views.ts'
import type { World } from './world.ts'

/** At first this many times an agent's equal share is read: agents are not equally busy. */
const uneven = 4

/**
 * The newest runs of these agents together, the newest first, at most `limit`. Each agent's runs are a list of their own, so
 * a few of each are read, and more only of those whose runs may reach further into the answer.
 */
export async function newestRuns(world: World, agents: readonly string[], limit: number): Promise<Run[]> {
  const read = new Map<string, readonly Run[]>(agents.map((agent) => [agent, []]))
  let newest: Run[] = []
  let more: readonly string[] = agents
  for (let wanted = Math.ceil((uneven * limit) / Math.max(1, agents.length)); more.length > 0; wanted *= uneven) {
    const upTo = Math.min(wanted, limit)
    const [failed] = await sideBySide(more, async (agent) => {
      const known = read.get(agent) ?? []
      const next = await history(world, agent, { after: known.at(-1)?.suffix, limit: upTo - known.length })
      read.set(agent, [...known, ...next])
    })
    if (failed !== undefined) throw failed.error
    // Suffixes begin with the time, counted backwards.
    newest = [...read.values()]
      .flat()
      .sort((a, b) => (a.suffix < b.suffix ? -1 : 1))
      .slice(0, limit)
    const oldest = newest.length === limit ? newest.at(-1)?.suffix : undefined
    more = more.filter((agent) => {
      const known = read.get(agent) ?? []
      const isAll = known.length < upTo || upTo === limit
      return !isAll && (oldest === undefined || (known.at(-1)?.suffix ?? '') < oldest)
    })
  }
  return newest
}
