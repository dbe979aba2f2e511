import type { AgentStatus, Status } from '../../cli/ui/dashboard/options.ts'

/** An agent that has never run. */
export const agent = (name: string, more: Partial<AgentStatus> = {}): AgentStatus => ({
  name,
  enabled: true,
  scale: 1,
  runningCount: 0,
  queuedWebhooks: 0,
  statusText: null,
  nextRunAt: null,
  ...more,
})

/** The state of a project with these agents, each of them with the runs it says to have. */
export const statusOf = (agents: readonly AgentStatus[], scheduler: Partial<Status['scheduler']> = {}): Status => ({
  scheduler: { paused: false, blocked: {}, cronJobCount: 2, ...scheduler },
  agents,
  instances: agents.flatMap(({ name, runningCount }) =>
    Array.from({ length: runningCount }, (_, i) => ({ id: `${name}-run${i}`, agentName: name })),
  ),
})

export const agents = (count: number): AgentStatus[] =>
  Array.from({ length: count }, (_, i) => agent(`worker-${String(i + 1).padStart(3, '0')}`))
