import { sumOf } from './admission.ts'
import { drainEach } from './drain.ts'
import { dropOrphan, dropQueued } from './drop.ts'
import { type Ending, endRun } from './end.ts'
import { stopContainer } from './kill.ts'
import { readRun } from './launch.ts'
import { agentKey, asAgent, type LiveAgent, readLive, writeAgent } from './live.ts'
import { makeUp } from './misfire.ts'
import { asProject, projectKey, readProject, writeProject } from './project.ts'
import { relaunch } from './relaunch.ts'
import { isLive, type Run, runId } from './run.ts'
import { type Decision, settle } from './settle.ts'
import { sideBySide } from './side-by-side.ts'
import { clockSkew, type World } from './world.ts'

/**
 * Runs once a minute. Ends runs whose container died, launches again what no container claimed, stops what is to stop,
 * starts what waits, and makes up for missed minutes of schedules. It decides by the store, not by events, so a lost
 * event costs a minute. At rest it is one query. One failure never stops the rest; two sweeps at once do no harm.
 *
 * `trusted: false` is for a host whose clock has just jumped: it ends nothing.
 */
export async function sweep(world: World, { trusted = true } = {}): Promise<void> {
  // Read before the runs are counted: if the item is unchanged when the count is written, no run has started or ended
  // meanwhile.
  const project = world.rules.limits.scale === undefined ? undefined : await readProject(world)
  const live = await readLive(world)
  if (project !== undefined) await each(world, [project], () => healProject(world, project, sumOf(live)))
  const runs = [...live.values()].flatMap(({ agent, active }) => active.map((suffix) => ({ agent, suffix })))
  await each(world, runs, (ref) => sweepRun(world, ref, trusted))
  const queues = [...live.values()].filter(({ queue }) => queue.length > 0)
  await each(world, queues, (agent) => dropOverdue(world, agent))
  await drainEach(world, queues)
  const patient = [...world.rules.agents.values()].filter(({ schedule, scale }) => schedule?.misfire && scale > 0)
  await each(world, patient, async (rule) => void (await makeUp(world, rule)))
}

async function each<T>(world: World, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (const { error } of await sideBySide(items, work)) {
    world.log('error', 'sweep: one item failed', { error: String(error) })
  }
}

async function sweepRun(world: World, ref: Pick<Run, 'agent' | 'suffix'>, trusted: boolean): Promise<void> {
  const run = await readRun(world, ref)
  if (run === undefined || !isLive(run)) return dropSlot(world, ref)
  if (run.state === 'starting') {
    if (!trusted || !isOver(world, run)) return
    repaired(world, 'a launch that nobody claimed', run)
    await relaunch(world, ref, (now) => isOver(world, now), 'no container claimed it')
    return
  }
  const ending = trusted ? endingOf(world, run) : undefined
  if (ending === undefined) {
    if (run.stop !== undefined) await stopContainer(world, run, run.stop.reason)
    return
  }
  await stopContainer(world, run, ending.reason ?? ending.outcome)
  // The run is read again for the commit: it may have reported since.
  const ended = await endRun(world, ref, (now) => (now.state === 'running' ? endingOf(world, now) : undefined))
  if (ended !== undefined) repaired(world, 'a run whose container is gone', ended)
}

/** Logs what an event or a container should have reported, and did not. A few are normal; many point to a fault. */
const repaired = ({ log }: World, what: string, run: Pick<Run, 'agent' | 'suffix'>): void =>
  log('info', 'sweep repaired', { what, agent: run.agent, run: runId(run) })

const isOver = (world: World, { leaseUntil = 0, deadline = Number.POSITIVE_INFINITY }: Run): boolean =>
  world.clock.now() > Math.min(leaseUntil, deadline) + clockSkew

function endingOf(world: World, run: Run): Ending | undefined {
  if (!isOver(world, run)) return undefined
  if (run.stop !== undefined) return { outcome: 'killed', reason: run.stop.reason }
  if (world.clock.now() > (run.deadline ?? 0) + clockSkew) return { outcome: 'timeout', reason: 'it ran out of time' }
  return { outcome: 'lost', reason: 'its container stopped answering' }
}

/** Frees a slot whose run is over or gone: nothing can be using it. */
async function dropSlot(world: World, { agent, suffix }: Pick<Run, 'agent' | 'suffix'>): Promise<void> {
  const dropped = await settle(world, async (): Promise<Decision<boolean>> => {
    const [agentItem, projectItem] = await world.store.get([agentKey(agent), projectKey])
    if (agentItem === undefined) return 'stale'
    const item = asAgent(agent, agentItem)
    const run = await readRun(world, { agent, suffix })
    if (!item.active.includes(suffix) || (run !== undefined && isLive(run))) return { answer: false }
    const project = asProject(projectItem)
    const counted = world.rules.limits.scale !== undefined && project.active !== undefined
    const active = item.active.filter((one) => one !== suffix)
    return {
      // The project is written in any case: a delete never goes alone.
      writes: [
        writeProject(project, counted ? { active: Math.max(0, (project.active ?? 0) - 1) } : {}),
        writeAgent(item, { active, paused: item.paused }),
      ],
      answer: true,
    }
  })
  if (dropped) repaired(world, 'a slot of a run that is over', { agent, suffix })
}

/**
 * Milliseconds after which an unknown agent, for which a run waits, counts as removed. Until then its agent may be new:
 * the gateway and the scheduler do not change to a new deployment at the same moment.
 */
const deployed = 10 * 60_000

/** Ends runs that have waited too long, or for an agent that was removed. */
async function dropOverdue(world: World, { agent, queue }: LiveAgent): Promise<void> {
  const unknown = !world.rules.agents.has(agent)
  const now = world.clock.now()
  for (const entry of queue) {
    const isExpired = now > entry.until
    if (!isExpired && !(unknown && now > entry.seq + deployed)) continue
    if (!(await dropQueued(world, entry, isExpired ? 'expired' : 'refused'))) await dropOrphan(world, entry)
  }
}

/** Corrects the count of the project's runs: after a scale was newly set, or an item was changed by hand. */
async function healProject(world: World, project: Parameters<typeof writeProject>[0], active: number): Promise<void> {
  if (project.active === active || (project.active === undefined && active === 0)) return
  // A conflict means that a run has started or ended since: the next sweep counts again.
  await world.store.commit([writeProject(project, { active })])
}
