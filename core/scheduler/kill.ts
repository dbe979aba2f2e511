import { drain } from './drain.ts'
import { dropQueued } from './drop.ts'
import { endRun } from './end.ts'
import { putRun, readRun } from './launch.ts'
import { readLive } from './live.ts'
import { type Run, runId, runKey } from './run.ts'
import { type Decision, settle } from './settle.ts'
import type { World } from './world.ts'

/** Milliseconds that a run has, once it is told to stop, to report how it ended. */
const lastLease = 90_000

export type Killed = { readonly kind: 'killed' | 'stopping' } | { readonly kind: 'unknown' | 'over' }

/**
 * Stops a run. One that waits or has not claimed yet ends at once; a running one is told at its next poll, and its
 * container is stopped where the platform can. Repeating it is harmless.
 */
export async function kill(world: World, ref: Pick<Run, 'agent' | 'suffix'>, reason = 'killed'): Promise<Killed> {
  const run = await readRun(world, ref)
  if (run === undefined) return { kind: 'unknown' }
  if (run.state === 'queued' && run.entry !== undefined) {
    const key = { pk: 'live', sk: run.entry }
    if (await dropQueued(world, { ...ref, key }, 'killed', reason)) return { kind: 'killed' }
  }
  if (run.state === 'done') return { kind: 'over' }
  const ended = await endRun(world, ref, ({ state }) =>
    state === 'starting' ? { outcome: 'killed', reason } : undefined,
  )
  if (ended !== undefined) {
    await stopContainer(world, ended, reason)
    await drain(world, ref.agent)
    return { kind: 'killed' }
  }
  const told = await tellToStop(world, ref, reason)
  if (told === undefined) return { kind: 'over' }
  await stopContainer(world, told, reason)
  return { kind: 'stopping' }
}

/**
 * Kills an agent's starting and running runs, not those that wait. Returns how many. Throws if one could not be killed;
 * calling it again continues.
 */
export async function killAgent(world: World, agent: string, reason = 'killed'): Promise<number> {
  const live = (await readLive(world, agent)).get(agent)
  let killed = 0
  const failed: unknown[] = []
  // One after the other: all of them change the same agent's item, so side by side they would only conflict.
  for (const suffix of live?.active ?? []) {
    try {
      const { kind } = await kill(world, { agent, suffix }, reason)
      if (kind === 'killed' || kind === 'stopping') killed += 1
    } catch (error) {
      failed.push(error)
    }
  }
  if (failed.length > 0) throw failed[0]
  return killed
}

async function tellToStop(world: World, ref: Pick<Run, 'agent' | 'suffix'>, reason: string): Promise<Run | undefined> {
  return await settle(world, async (): Promise<Decision<Run | undefined>> => {
    const [item] = await world.store.get([runKey(ref)])
    const run = item?.data as Run | undefined
    if (item === undefined || run?.state !== 'running') return { answer: undefined }
    if (run.stop !== undefined) return { answer: run }
    const at = world.clock.now()
    const stopping = { ...run, stop: { at, reason }, leaseUntil: Math.min(run.leaseUntil ?? 0, at + lastLease) }
    return { writes: [putRun(stopping, item.expected)], answer: stopping }
  })
}

/** Asks the platform to stop a run's container. If that fails, the sweep asks again. */
export async function stopContainer(world: World, run: Run, reason: string): Promise<void> {
  const { agent, suffix, attempt, compute, container } = run
  try {
    const rule = world.rules.agents.get(agent)
    await world.launcher.stop({ agent, rule, run: runId(run), suffix, attempt, compute, container, reason })
  } catch (error) {
    world.log('warn', 'container could not be stopped', { run: runId(run), error: String(error) })
  }
}
