import type { Plan } from '../../core/plan/schema.ts'
import { logsOf } from '../../core/plan/targets/aws-permissions.ts'
import type { LogEvent, LogEvents } from '../../infra/aws/logs.ts'
import type { CloudLog } from '../gateway/cloud-logs.ts'
import { agentEntries, requestOf, serviceEntries } from './cloud-log-entries.ts'

const minute = 60_000
const day = 24 * 60 * minute

/** The first span is longer than a function can run, so that the line with which its request began is among its events. */
const spans = [20 * minute, 120 * minute, 12 * 60 * minute, 72 * 60 * minute]

/**
 * CloudWatch Logs: where a container writes says what it is. A task has a stream of its own, and an invocation of a function
 * writes behind the line with which its request starts.
 */
export function cloudWatch(plan: Pick<Plan, 'agents' | 'names' | 'target'>, events: LogEvents): CloudLog<LogEvent> {
  const requests = new Map<string, string>()
  return {
    events,
    services: [plan.names.gateway, plan.names.scheduler].map((service) => logsOf(plan.names, service)),
    groupOf: (agent) => plan.agents.find(({ name }) => name === agent)?.logs,
    containerOf(event) {
      const request = requestOf(event)
      if (request !== undefined) requests.set(event.stream, request)
      return requests.get(event.stream) ?? taskOf(event.stream)
    },
    streamOf: (container) =>
      container.includes(':task/') ? `${streamPrefix}${container.slice(container.lastIndexOf('/') + 1)}` : undefined,
    agentEntries,
    serviceEntries,
    spans: [...spans, plan.target.logRetentionDays * day],
  }
}

/** Streams of tasks are named by the container's definition: prefix, container, id of the task. */
const streamPrefix = 'run/agent/'
const taskOf = (stream: string): string | undefined =>
  stream.startsWith(streamPrefix) ? stream.slice(streamPrefix.length) : undefined
