import { parseCron } from '../../core/cron/cron.ts'
import { nextFires } from '../../core/cron/fires.ts'
import type { Plan } from '../../core/plan/schema.ts'

/** When an agent's schedule starts it next, in epoch milliseconds; nothing without a schedule. */
export function nextRun(plan: Plan, agent: string, now: Date): number | undefined {
  const [schedule] = plan.agents.find(({ name }) => name === agent)?.schedules ?? []
  const parsed = schedule && parseCron(schedule.line)
  if (schedule === undefined || !parsed?.ok) return undefined
  return nextFires(parsed.cron, schedule.timezone, now, 1)[0]?.getTime()
}
