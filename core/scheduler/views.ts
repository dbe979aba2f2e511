import { asLock, type Lock, lockKey } from '../locks/lock.ts'
import type { Breakers } from './breaker.ts'
import { type DayLimit, dayLimits } from './limits.ts'
import { type LiveAgent, readLive } from './live.ts'
import { readProject } from './project.ts'
import { isLive, type Run, runId, runKey } from './run.ts'
import { dayOf, readDay } from './spending.ts'
import type { World } from './world.ts'

/** What is going on in the project, for people to see. */
export interface Overview {
  readonly paused: boolean
  /** What providers have refused for good, by `provider/model` or credential. */
  readonly breakers: Breakers
  /** Every limit per day, with how much of it is used today. */
  readonly limits: readonly DayLimit[]
  readonly agents: readonly {
    readonly name: string
    readonly scale: number
    readonly paused: boolean
    readonly running: number
    readonly queued: number
  }[]
  /** Starting and running runs. */
  readonly runs: readonly Run[]
}

export async function overview(world: World): Promise<Overview> {
  const [project, live, today] = await Promise.all([
    readProject(world),
    readLive(world),
    readDay(world, dayOf(world.clock.now())),
  ])
  const agents = [...world.rules.agents.values()].map(({ name, scale }) => {
    const { active = [], queue = [], paused = false } = live.get(name) ?? {}
    return { name, scale, paused, running: active.length, queued: queue.length }
  })
  const { paused = false, breakers = {} } = project
  return { paused, breakers, limits: dayLimits(world, today), agents, runs: await runsOf(world, live) }
}

/** The starting and running runs of all agents. */
async function liveRuns(world: World): Promise<Run[]> {
  return await runsOf(world, await readLive(world))
}

async function runsOf(world: World, live: ReadonlyMap<string, LiveAgent>): Promise<Run[]> {
  const keys = [...live.values()].flatMap(({ agent, active }) => active.map((suffix) => runKey({ agent, suffix })))
  const items = await world.store.get(keys)
  return items.flatMap(({ data }) => (data !== undefined && isLive(data as Run) ? [data as Run] : []))
}

/** The locks that are held now. */
export async function heldLocks(world: World): Promise<Lock[]> {
  const runs = (await liveRuns(world)).filter(({ lock }) => lock !== undefined)
  const items = await world.store.get(runs.map(({ lock = '' }) => lockKey(lock)))
  const now = world.clock.now()
  return items.flatMap((item, i) => {
    const { lock } = asLock(item)
    const run = runs[i]
    return run !== undefined && lock?.holder === runId(run) && now < lock.until ? [lock] : []
  })
}

/** Runs of an agent, the newest first. `after` is the suffix of the last one seen. */
export async function history(
  world: World,
  agent: string,
  { after, limit = 50 }: { readonly after?: string; readonly limit?: number } = {},
): Promise<Run[]> {
  const items = await world.store.list(`runs#${agent}`, { after, limit })
  return items.map(({ data }) => data as Run)
}
