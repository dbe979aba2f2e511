import { parseCron } from '../../core/cron/cron.ts'
import { firesAt } from '../../core/cron/fires.ts'
import type { AgentRule } from '../../core/plan/decisions.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import { sideBySide } from '../../core/scheduler/side-by-side.ts'
import type { Log } from '../../core/scheduler/world.ts'

/** A schedule's minute that has come: `at` is its first instant, epoch milliseconds. */
export interface Due {
  readonly agent: string
  readonly at: number
}

/** The agents whose line fires in the minute that begins at `minute`, epoch milliseconds. */
export function dueAt(agents: readonly AgentRule[], minute: number): Due[] {
  return agents.filter((agent) => fires(agent, minute)).map(({ name }) => ({ agent: name, at: minute }))
}

function fires({ schedule }: AgentRule, minute: number): boolean {
  if (schedule === undefined) return false
  const parsed = parseCron(schedule.line)
  return parsed.ok && firesAt(parsed.cron, schedule.timezone, new Date(minute))
}

/**
 * Ticks each of them, some side by side, whatever becomes of the others; what became of each is logged. Returns those
 * that failed: nothing is known of them, and they may be ticked again.
 */
export async function tickAll(plane: Pick<ControlPlane, 'tick'>, log: Log, due: readonly Due[]): Promise<Due[]> {
  const about = (one: Due) => ({ agent: one.agent, minute: new Date(one.at).toISOString() })
  const failed = await sideBySide(due, async (one) => {
    log('info', 'tick', { ...about(one), ...(await plane.tick(one.agent, one.at)) })
  })
  for (const { item, error } of failed) log('error', 'tick failed', { ...about(item), error: String(error) })
  return failed.map(({ item }) => item)
}
