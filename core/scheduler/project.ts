import type { Expected, Key, Snapshot, Write } from '../store.ts'
import type { Breakers, Doubts } from './breaker.ts'
import type { World } from './world.ts'

/** State that concerns all agents at once. */
export interface Project {
  readonly paused?: boolean
  /** Starting and running runs of all agents; kept only while the project has a scale. */
  readonly active?: number
  /** What a provider has refused for good, so that nothing starts on it for a while. */
  readonly breakers?: Breakers
  readonly doubts?: Doubts
}

export interface ProjectItem extends Project {
  readonly expected: Expected
}

export const projectKey: Key = { pk: 'project', sk: '-' }

export const asProject = (snapshot: Snapshot | undefined): ProjectItem => {
  if (snapshot === undefined) throw new Error('the project was not read')
  return { ...((snapshot.data ?? {}) as Project), expected: snapshot.expected }
}

export async function readProject(world: World): Promise<ProjectItem> {
  const [snapshot] = await world.store.get([projectKey])
  return asProject(snapshot)
}

export const writeProject = ({ expected, ...before }: ProjectItem, change: Project): Write => ({
  kind: 'put',
  key: projectKey,
  expected,
  data: { ...before, ...change } satisfies Project,
})
