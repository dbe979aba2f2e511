import type { AgentRule } from '../plan/decisions.ts'
import { isBlocked } from './breaker.ts'
import type { LiveAgent } from './live.ts'
import type { ProjectItem } from './project.ts'
import type { World } from './world.ts'

/** Why an agent does not start now. */
export type Obstacle = 'off' | 'paused' | 'blocked' | 'busy'

/**
 * What keeps one more run of an agent from starting; nothing if it may. `live` is what was read of the agent alone, or of
 * all agents when the project has a scale.
 */
export function obstacle(
  world: World,
  rule: AgentRule | undefined,
  project: ProjectItem,
  live: ReadonlyMap<string, LiveAgent>,
): Obstacle | undefined {
  if (rule === undefined || rule.scale === 0) return 'off'
  const agent = live.get(rule.name)
  if (project.paused === true || agent?.paused === true) return 'paused'
  if (isBlocked(world, rule, project)) return 'blocked'
  if ((agent?.active.length ?? 0) >= rule.scale) return 'busy'
  return hasFreeSlot(world, project, live) ? undefined : 'busy'
}

/** Whether the project's scale leaves room for one more run. */
export function hasFreeSlot(world: World, project: ProjectItem, live: ReadonlyMap<string, LiveAgent>): boolean {
  const { scale } = world.rules.limits
  return scale === undefined || activeOf(project, live) < scale
}

/**
 * Runs that count against the project's scale. The count and the list may be of different moments; the larger number is
 * taken.
 */
function activeOf({ active = 0 }: ProjectItem, live: ReadonlyMap<string, LiveAgent>): number {
  return Math.max(active, sumOf(live))
}

export const sumOf = (live: ReadonlyMap<string, LiveAgent>): number =>
  [...live.values()].reduce((sum, { active }) => sum + active.length, 0)

/** Agents whose next run in line may start now, the one that has waited longest first. */
export function ready(world: World, project: ProjectItem, live: ReadonlyMap<string, LiveAgent>): LiveAgent[] {
  return [...live.values()]
    .filter(({ agent, queue }) => {
      return queue.length > 0 && obstacle(world, world.rules.agents.get(agent), project, live) === undefined
    })
    .sort((a, b) => (a.queue[0]?.seq ?? 0) - (b.queue[0]?.seq ?? 0))
}
