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
  compute: z.string().describe('where its runs run'),
  timeoutSeconds: z.number(),
  schedule: z.object({ line: z.string(), timezone: z.string(), misfire: z.literal('once').optional() }).nullable(),
  triggers: z.array(z.object({ source: z.string(), filters: z.record(z.string(), z.unknown()) })),
  lastRunAt: z.number().nullable().describe('when its newest run that is over began, epoch milliseconds'),
  lastRunDuration: z.number().nullable().describe('milliseconds'),
  lastOutcome: z.string().nullable().describe('how that run ended'),
  lastError: z.string().nullable().describe('why that run did not end well'),
  lastRunUsage: z.record(z.string(), z.number()).nullable().describe('tokens, turns and US dollars of that run'),
})

export type AgentView = z.output<typeof agentViewShape>

/** An agent as people see it. `runs` are the live runs of all agents, `last` is its newest run that is over. */
export function agentView(
  { name, scale, paused, running, queued }: Overview['agents'][number],
  rule: AgentRule,
  runs: readonly Run[],
  last: Run | undefined,
  now: number,
): AgentView {
  const said = runs.flatMap(({ agent, status }) => (agent === name && status !== undefined ? [status] : []))
  const enabled = !paused && scale > 0
  return {
    name,
    state: running > 0 ? 'running' : 'idle',
    enabled,
    statusText: said.toSorted((a, b) => b.at - a.at)[0]?.text ?? null,
    nextRunAt: enabled ? nextRun(rule.schedule, now) : null,
    queuedWebhooks: queued,
    scale,
    runningCount: running,
    compute: rule.compute,
    timeoutSeconds: rule.timeoutSeconds,
    schedule: rule.schedule ?? null,
    triggers: rule.triggers.map(({ source, filters }) => ({ source, filters: { ...filters } })),
    ...lastRun(last),
  }
}

type LastRun = Pick<AgentView, 'lastRunAt' | 'lastRunDuration' | 'lastOutcome' | 'lastError' | 'lastRunUsage'>

function lastRun(run: Run | undefined): LastRun {
  const { startedAt = null, endedAt, outcome = null, code, usage } = run ?? {}
  const well = outcome === null || outcome === 'completed' || outcome === 'rerun'
  const how = code === undefined ? outcome : `exit code ${code}`
  return {
    // What never began, since it waited too long, was nevertheless something that happened.
    lastRunAt: startedAt ?? run?.createdAt ?? null,
    lastRunDuration: startedAt === null || endedAt === undefined ? null : endedAt - startedAt,
    lastOutcome: outcome,
    lastError: well ? null : (run?.reason ?? how),
    lastRunUsage: usage === undefined ? null : { ...usage },
  }
}

function nextRun(schedule: AgentRule['schedule'], now: number): number | null {
  const parsed = schedule && parseCron(schedule.line)
  if (schedule === undefined || !parsed?.ok) return null
  return nextFires(parsed.cron, schedule.timezone, new Date(now), 1)[0]?.getTime() ?? null
}
