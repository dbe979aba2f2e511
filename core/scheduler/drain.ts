import { ready } from './admission.ts'
import { dropOrphan, dropQueued } from './drop.ts'
import { launch, orderOf, putRun, readRun, starting, takeSlot } from './launch.ts'
import type { LaunchOrder } from './launcher.ts'
import { describeLimit, startLimit, warnOfStart } from './limits.ts'
import { type Entry, type LiveAgent, readAround, removeEntry } from './live.ts'
import { asProject, projectKey } from './project.ts'
import { hashOf, newSecret, type Run, runKey } from './run.ts'
import { type Decision, settle } from './settle.ts'
import { sideBySide } from './side-by-side.ts'
import { hasDayLimits, readSpending, type Spending } from './spending.ts'
import type { World } from './world.ts'

/**
 * Starts what waits as long as there are slots: the head of the agent's queue; with a project scale, whichever head of all
 * agents has waited longest. This alone starts queued runs. Launches come after the commits, side by side.
 *
 * It comes after a commit that has already succeeded, so it never throws: what it could not do is left to the sweep.
 */
export async function drain(world: World, agent: string): Promise<void> {
  try {
    for (;;) {
      const orders: LaunchOrder[] = []
      for (let next = await startNext(world, agent); next !== undefined; next = await startNext(world, agent)) {
        if (next !== 'dropped') orders.push(next)
      }
      const ended = await Promise.all(orders.map((order) => launch(world, order)))
      // A run that could not be started has left its slot to the next in line.
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

/** `dropped`: the next in line has ended where it stood. Nothing: nobody may start. */
async function startNext(world: World, agent: string): Promise<LaunchOrder | 'dropped' | undefined> {
  const ticket = newSecret(world.random)
  let tried: Entry | undefined
  let spending: Spending | undefined
  const next = await settle(world, async (): Promise<Decision<LaunchOrder | 'dropped' | undefined>> => {
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
    const [[item], spent] = await Promise.all([
      world.store.get([runKey(entry)]),
      hasDayLimits(world, rule) ? readSpending(world, rule.name) : undefined,
    ])
    const queued = item?.data as Run | undefined
    // An entry and its run's state change together: somebody was faster.
    if (item === undefined || queued?.state !== 'queued') {
      await dropOrphan(world, entry)
      return { answer: 'dropped' }
    }
    if (world.clock.now() > entry.until) {
      await dropQueued(world, entry, 'expired')
      return { answer: 'dropped' }
    }
    const limit = spent && startLimit(world, rule, spent)
    if (limit !== undefined) {
      await dropQueued(world, entry, 'budget_exceeded', describeLimit(limit))
      return { answer: 'dropped' }
    }
    tried = entry
    spending = spent
    const run = starting(world, rule, queued, ticket)
    const writes = [
      putRun(run, item.expected),
      removeEntry(entry),
      ...takeSlot(world, rule, next, entry.suffix, { project, live, spending }),
    ]
    return { writes, answer: orderOf(rule, run, ticket) }
  })
  if (next !== undefined && next !== 'dropped') warnOfStart(world, next.agent, spending)
  return next
}
