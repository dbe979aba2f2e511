import type { ContainerEnd } from '../../core/scheduler/container-ended.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Launcher } from '../../core/scheduler/launcher.ts'

/**
 * Starts that an earlier host has promised and not made: it ended between the two, or was about to stop. Nothing of them
 * runs, so they need not be waited for. Returns nothing where the launcher cannot tell what runs.
 */
export async function interrupted(
  plane: Pick<ControlPlane, 'overview'>,
  launcher: Pick<Launcher, 'running'>,
): Promise<ContainerEnd[]> {
  if (launcher.running === undefined) return []
  // Read before the containers are: whatever is started in between is not taken for one of them.
  const { runs } = await plane.overview()
  const there = new Set<string>()
  for await (const { agent, suffix } of launcher.running()) there.add(`${agent}-${suffix}`)
  return runs
    .filter(({ agent, suffix, state }) => state === 'starting' && !there.has(`${agent}-${suffix}`))
    .map(({ agent, suffix, attempt }) => ({
      agent,
      suffix,
      attempt,
      container: 'none',
      reason: 'its host ended before it could start',
    }))
}
