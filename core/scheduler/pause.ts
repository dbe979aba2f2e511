import type { Write } from '../store.ts'
import { drain, drainEach } from './drain.ts'
import { agentKey, asAgent, readLive, writeAgent } from './live.ts'
import { asProject, projectKey, writeProject } from './project.ts'
import { settle } from './settle.ts'
import type { World } from './world.ts'

/** Pauses the project: no agent starts any more. Runs under way go on; webhooks and calls wait, ticks are skipped. */
export async function pauseProject(world: World): Promise<void> {
  await settle(world, async () => {
    const [item] = await world.store.get([projectKey])
    return { writes: [writeProject(asProject(item), { paused: true })], answer: undefined }
  })
}

/**
 * Ends the pause and starts what has waited. Models that a provider has refused are tried again at once, since a person
 * has looked at it.
 */
export async function resumeProject(world: World): Promise<void> {
  await settle(world, async () => {
    const [item] = await world.store.get([projectKey])
    return { writes: [writeProject(asProject(item), { paused: undefined, breakers: undefined })], answer: undefined }
  })
  const live = await readLive(world)
  await drainEach(
    world,
    [...live.values()].filter(({ queue }) => queue.length > 0),
  )
}

export async function pauseAgent(world: World, agent: string): Promise<void> {
  await settle(world, async () => {
    const [item] = await world.store.get([agentKey(agent)])
    if (item === undefined) return 'stale'
    const { active, paused, ...rest } = asAgent(agent, item)
    if (paused === true) return { answer: undefined }
    return { writes: [writeAgent({ ...rest, active }, { active, paused: true })], answer: undefined }
  })
}

export async function resumeAgent(world: World, agent: string): Promise<void> {
  await settle(world, async () => {
    const [item, projectItem] = await world.store.get([agentKey(agent), projectKey])
    if (item === undefined) return 'stale'
    const before = asAgent(agent, item)
    if (before.paused !== true) return { answer: undefined }
    const write = writeAgent(before, { active: before.active })
    // A delete never goes alone: if its answer were lost, nothing could be read back.
    const writes: Write[] = write.kind === 'delete' ? [writeProject(asProject(projectItem), {}), write] : [write]
    return { writes, answer: undefined }
  })
  await drain(world, agent)
}
