import * as z from 'zod'
import { type Run, runId, type Trigger } from '../../core/scheduler/run.ts'

const origin = z.object({
  kind: z.enum(['tick', 'initial', 'manual', 'webhook', 'call', 'retry']),
  at: z.number().optional().describe('of a tick: the scheduled minute, epoch milliseconds'),
  source: z.string().optional(),
  event: z.string().optional(),
  delivery: z.string().optional(),
  caller: z.string().optional().describe('a run id'),
})

export const triggerShape = origin.extend({
  of: z.string().optional().describe('of a retry: the run it repeats'),
  origin: origin.optional().describe('of a retry: what began the first of them'),
})

const time = z.number().optional().describe('epoch milliseconds')

export const runShape = z.object({
  id: z.string(),
  agentName: z.string(),
  status: z.enum(['queued', 'starting', 'running', 'done']),
  trigger: triggerShape,
  chain: z.array(z.string()).describe('run ids that led here by calls'),
  rerun: z.number(),
  attempt: z.number(),
  calls: z.number(),
  compute: z.string(),
  createdAt: time,
  startedAt: time,
  claimedAt: time,
  endedAt: time,
  deadline: time,
  container: z.string().optional(),
  stopping: z.string().optional().describe('why it was told to stop'),
  statusText: z.string().optional(),
  usage: z.record(z.string(), z.number()).optional(),
  outcome: z.string().optional(),
  code: z.number().optional(),
  reason: z.string().optional(),
  next: z.string().optional().describe('the run that goes on where this one asked to'),
})

export type PublicRun = z.output<typeof runShape>

/**
 * A run as people see it. What is not named here is not shown: hashes of tickets and sessions, and what the run was told
 * and returned.
 */
export function publicRun(run: Run): PublicRun {
  const { state, trigger, chain, rerun, attempt, calls, compute, createdAt, startedAt, claimedAt, endedAt } = run
  const { agent, deadline, container, stop, status, usage, outcome, code, reason, next } = run
  const shown = { startedAt, claimedAt, endedAt, deadline, container, outcome, code, reason }
  return {
    id: runId(run),
    agentName: agent,
    status: state,
    trigger: publicTrigger(trigger),
    chain: [...chain],
    rerun,
    attempt,
    calls,
    compute,
    createdAt,
    ...shown,
    ...(stop && { stopping: stop.reason }),
    ...(status && { statusText: status.text }),
    ...(usage && { usage: { ...usage } }),
    ...(next !== undefined && { next: runId({ agent, suffix: next }) }),
  }
}

export const publicTrigger = (trigger: Trigger): z.output<typeof triggerShape> => triggerShape.parse(trigger)
