import { readRun } from './launch.ts'
import type { RunningContainer } from './launcher.ts'
import { runId } from './run.ts'
import type { World } from './world.ts'

/** Milliseconds that a container has, after its run has ended, to end by itself. */
const lastWords = 120_000

/**
 * Stops containers whose run is over: those that reported how it ended, and did not exit. The sweep cannot see them,
 * since it looks only at runs that are not over. A host calls this once an hour. One failure never stops the rest;
 * answers how many were stopped. Throws when the containers cannot be listed.
 */
export async function reap(world: World): Promise<number> {
  let stopped = 0
  for await (const found of world.launcher.running?.() ?? []) {
    const about = { run: runId(found), container: found.container }
    try {
      if (!(await isOver(world, found))) continue
      const { agent, suffix, attempt, compute, container } = found
      const rule = world.rules.agents.get(agent)
      const reason = 'its run is over'
      await world.launcher.stop({ agent, rule, run: runId(found), suffix, attempt, compute, container, reason })
      world.log('warn', 'stopped a container that outlived its run', about)
      stopped += 1
    } catch (error) {
      world.log('error', 'a container that outlived its run could not be stopped', { ...about, error: String(error) })
    }
  }
  return stopped
}

/** A run that is not in the store ended so long ago that its record has expired. */
async function isOver(world: World, { agent, suffix }: RunningContainer): Promise<boolean> {
  const run = await readRun(world, { agent, suffix })
  if (run === undefined) return true
  return run.state === 'done' && world.clock.now() > (run.endedAt ?? 0) + lastWords
}
