import * as z from 'zod'
import { parseCron } from '../../../core/cron/cron.ts'
import { nextFires } from '../../../core/cron/fires.ts'
import type { AgentRule } from '../../../core/plan/decisions.ts'
import type { Run } from '../../../core/scheduler/run.ts'
import type { Overview } from '../../../core/scheduler/views.ts'

export const agentViewShape = z.object({
  name: z.string(),
  state: z.enum(['idle', 'running']),
  enabled: z.boolean(),
  statusText: z.string().nullable().describe('what its newest run that said something is doing'),
  nextRunAt: z.number().nullable().describe('epoch milliseconds'),
  queuedWebhooks: z.number().describe('runs that wait, of calls too'),
  scale: z.number(),
  runningCount: z.number(),
})

/** An agent as people see it. `runs` are the live runs of all agents. */
export function agentView(
  { name, scale, paused, running, queued }: Overview['agents'][number],
  rule: AgentRule | undefined,
  runs: readonly Run[],
  now: number,
): z.output<typeof agentViewShape> {
  const said = runs.flatMap(({ agent, status }) => (agent === name && status !== undefined ? [status] : []))
  const enabled = !paused && scale > 0
  return {
    name,
    state: running > 0 ? 'running' : 'idle',
    enabled,
    statusText: said.toSorted((a, b) => b.at - a.at)[0]?.text ?? null,
    nextRunAt: enabled ? nextRun(rule?.schedule, now) : null,
    queuedWebhooks: queued,
    scale,
    runningCount: running,
  }
}

function nextRun(schedule: AgentRule['schedule'], now: number): number | null {
  const parsed = schedule && parseCron(schedule.line)
  if (schedule === undefined || !parsed?.ok) return null
  return nextFires(parsed.cron, schedule.timezone, new Date(now), 1)[0]?.getTime() ?? null
}
