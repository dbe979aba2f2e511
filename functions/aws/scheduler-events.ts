import type { AgentRule } from '../../core/plan/decisions.ts'
import type { ContainerEnd } from '../../core/scheduler/container-ended.ts'
import { agentContainer } from '../../core/scheduler/start-message.ts'
import { parseStartedBy } from '../launchers/started-by.ts'

/** What EventBridge tells the scheduler. */
export type SchedulerEvent =
  | { readonly kind: 'sweep' }
  /** `at` is the scheduled minute, epoch milliseconds. */
  | { readonly kind: 'tick'; readonly agent: string; readonly at: number }
  | { readonly kind: 'ended'; readonly end: ContainerEnd }
  /** A task that belongs to no run of this project. */
  | { readonly kind: 'ignored'; readonly why: string }

/** Reads an event. Throws on one that nobody sends, naming its shape and none of its content. */
export function parseSchedulerEvent(event: unknown, agents: readonly AgentRule[]): SchedulerEvent {
  if (!isRecord(event)) throw new Error(`unknown event: ${shapeOf(event)}`)
  if (event.kind === 'sweep') return { kind: 'sweep' }
  if (event.kind === 'tick' && typeof event.agent === 'string') {
    return { kind: 'tick', agent: event.agent, at: parseTime(event.agent, event.at) }
  }
  if (event.source === 'aws.ecs' && isRecord(event.detail) && event.detail.lastStatus === 'STOPPED') {
    return parseStoppedTask(event.detail, agents)
  }
  throw new Error(`unknown event: ${shapeOf(event)}`)
}

/** As EventBridge Scheduler writes it: `2026-11-21T10:00:00Z`. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

function parseTime(agent: string, at: unknown): number {
  const time = typeof at === 'string' && instant.test(at) ? Date.parse(at) : Number.NaN
  if (Number.isNaN(time))
    throw new Error(`the tick of agent "${agent}" has no time like 2026-11-21T10:00:00Z in \`at\``)
  return time
}

/** An ECS Task State Change event. What a task ended with is said by its container first, by ECS second. */
function parseStoppedTask(detail: Readonly<Record<string, unknown>>, agents: readonly AgentRule[]): SchedulerEvent {
  const { taskArn, taskDefinitionArn, startedBy, stoppedReason, stopCode, containers } = detail
  const [, family] = /:task-definition\/([^:]+):\d+$/.exec(String(taskDefinitionArn)) ?? []
  const agent = agents.find(({ resource }) => resource === family)
  const start = parseStartedBy(startedBy)
  if (agent === undefined) return { kind: 'ignored', why: 'its family is no agent of this project' }
  if (start === undefined) return { kind: 'ignored', why: 'it was not started by this project' }
  if (typeof taskArn !== 'string') throw new Error(`unknown event: ${shapeOf(detail)}`)
  const container = (Array.isArray(containers) ? containers : []).filter(isRecord).find(isAgent)
  const code = container?.exitCode
  // "Essential container in task exited" says less than the container's exit code.
  const reason = [container?.reason, stopCode === 'EssentialContainerExited' ? undefined : stoppedReason].find(isText)
  return {
    kind: 'ended',
    end: {
      agent: agent.name,
      ...start,
      container: taskArn,
      ...(typeof code === 'number' && { code }),
      ...(reason !== undefined && { reason }),
    },
  }
}

const isAgent = ({ name }: Readonly<Record<string, unknown>>): boolean => name === agentContainer

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Kind and keys of a value. */
function shapeOf(value: unknown): string {
  if (!isRecord(value)) return Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`
  const keys = Object.keys(value).slice(0, 20)
  return keys.length === 0 ? 'an object without keys' : `an object with ${keys.join(', ')}`
}
