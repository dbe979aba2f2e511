import { ready } from './admission.ts'
import { dropOrphan, dropQueued } from './drop.ts'
import { launch, orderOf, putRun, readRun, starting, takeSlot } from './launch.ts'
import type { LaunchOrder } from './launcher.ts'
import { type Entry, type LiveAgent, readAround, removeEntry } from './live.ts'
import { asProject, projectKey } from './project.ts'
import { hashOf, newSecret, type Run, runKey } from './run.ts'
import { type Decision, settle } from './settle.ts'
import { sideBySide } from './side-by-side.ts'
import type { World } from './world.ts'

/**
 * Starts what waits as long as there are slots: the head of the agent's queue; with a project scale, whichever head of all
 * agents has waited longest. This alone starts queued runs. Launches come after the commits, side by side.
 *
 * It follows on something that is settled already, so it never fails: what it could not do is left to the sweep.
 */
export async function drain(world: World, agent: string): Promise<void> {
  try {
    for (;;) {
      const orders: LaunchOrder[] = []
      for (let order = await startNext(world, agent); order !== undefined; order = await startNext(world, agent)) {
        orders.push(order)
      }
      const ended = await Promise.all(orders.map((order) => launch(world, order)))
      // What could never start has left its slot to the next in line.
      if (!ended.includes(true)) return
    }
  } catch (error) {
    world.log('warn', 'drain stopped; the sweep goes on', { agent, error: String(error) })
  }
}

/**
 * Drains the queues of these agents. With a project scale one drain is for all of them: each reads all queues, so that as
 * many of them as there are agents would take minutes.
 */
export async function drainEach(world: World, agents: readonly Pick<LiveAgent, 'agent'>[]): Promise<void> {
  const some = world.rules.limits.scale === undefined ? agents : agents.slice(0, 1)
  await sideBySide(some, ({ agent }) => drain(world, agent))
}

async function startNext(world: World, agent: string): Promise<LaunchOrder | undefined> {
  const ticket = newSecret(world.random)
  let tried: Entry | undefined
  return await settle(world, async (): Promise<Decision<LaunchOrder | undefined>> => {
    const mine = tried && (await readRun(world, tried))
    const myRule = mine?.tickets.includes(hashOf(ticket)) ? world.rules.agents.get(mine.agent) : undefined
    // A commit of ours that was reported as a conflict.
    if (mine !== undefined && myRule !== undefined) return { answer: orderOf(myRule, mine, ticket) }

    const [[projectItem], live] = await Promise.all([world.store.get([projectKey]), readAround(world, agent)])
    const project = asProject(projectItem)
    const [next] = ready(world, project, live)
    const entry = next?.queue[0]
    const rule = next && world.rules.agents.get(next.agent)
    if (next === undefined || entry === undefined || rule === undefined) return { answer: undefined }
    const now = world.clock.now()
    const [item] = await world.store.get([runKey(entry)])
    const queued = item?.data as Run | undefined
    // An entry and its run's state change together: somebody was faster.
    if (item === undefined || queued?.state !== 'queued') {
      await dropOrphan(world, entry)
      return 'stale'
    }
    if (now > entry.until) {
      await dropQueued(world, entry, 'expired')
      return 'stale'
    }
    tried = entry
    const run = starting(queued, rule.compute, ticket, now)
    const writes = [
      putRun(run, item.expected),
      removeEntry(entry),
      ...takeSlot(world, next, entry.suffix, project, live),
    ]
    return { writes, answer: orderOf(rule, run, ticket) }
  })
}
