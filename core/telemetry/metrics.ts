import type { Outcome } from '../scheduler/run.ts'

/** What CloudWatch keeps the numbers of a project under; the functions write them, alarms and dashboard read them. */
export const metricNamespace = 'ActionLlama'

export const metrics = {
  runsCompleted: 'RunsCompleted',
  /** `error`, `timeout`, `lost` and `budget_exceeded`. */
  runsFailed: 'RunsFailed',
  runsKilled: 'RunsKilled',
  /** Runs that ended while they waited: `expired` and `refused`. */
  runsDropped: 'RunsDropped',
  /** From its slot to its end, milliseconds. */
  runDuration: 'RunDuration',
  /** From its making to its slot, milliseconds. */
  queueTime: 'QueueTime',
  tokens: 'Tokens',
  /** US dollars, as far as the model's prices are known. */
  cost: 'Cost',
  eventsRefused: 'EventsRefused',
  launchesFailed: 'LaunchesFailed',
  repairs: 'Repairs',
} as const

export type Metric = (typeof metrics)[keyof typeof metrics]

/** Each value of a dimension is billed as a metric of its own, so there are no more than these. */
export const projectDimensions = ['Project', 'Environment'] as const
export const agentDimensions = [...projectDimensions, 'Agent'] as const

/** Which of them counts a run that ended so. */
export const countedAs: Readonly<Record<Outcome, Metric>> = {
  completed: metrics.runsCompleted,
  rerun: metrics.runsCompleted,
  error: metrics.runsFailed,
  timeout: metrics.runsFailed,
  lost: metrics.runsFailed,
  budget_exceeded: metrics.runsFailed,
  killed: metrics.runsKilled,
  expired: metrics.runsDropped,
  refused: metrics.runsDropped,
}
