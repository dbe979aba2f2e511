import { parseCron } from '../../core/cron/cron.ts'
import { firesAt } from '../../core/cron/fires.ts'
import type { AgentRule } from '../../core/plan/decisions.ts'
import type { ControlPlane } from '../../core/scheduler/control-plane.ts'
import type { Log } from '../../core/scheduler/world.ts'

/** A schedule's minute that has come: `at` is its first instant, epoch milliseconds. */
export interface Due {
  readonly agent: string
  readonly at: number
}

/** How many agents are ticked, or started, side by side. */
export const width = 8

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
 * Ticks each of them, `width` at a time, whatever becomes of the others; what became of each is logged. Answers with those
 * that failed: nothing is known of them, and they may be ticked again.
 */
export async function tickAll(plane: Pick<ControlPlane, 'tick'>, log: Log, due: readonly Due[]): Promise<Due[]> {
  const failed: Due[] = []
  await sideBySide(due, async (one) => {
    const about = { agent: one.agent, minute: new Date(one.at).toISOString() }
    try {
      log('info', 'tick', { ...about, ...(await plane.tick(one.agent, one.at)) })
    } catch (error) {
      failed.push(one)
      log('error', 'tick failed', { ...about, error: String(error) })
    }
  })
  return failed
}

/** Does the work for each item, `width` at a time. The work does not throw. */
export async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const worker = async () => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
}
