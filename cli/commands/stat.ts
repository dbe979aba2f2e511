import { parseCron } from '../../core/cron/cron.ts'
import { nextFires } from '../../core/cron/fires.ts'
import type { PlannedAgent } from '../../core/plan/schema.ts'
import type { HeldLock, Status } from '../gateway/gateway-client.ts'
import { findHost, type HostOptions, nothingRuns } from '../gateway/project-host.ts'
import { typedFor } from '../gateway/typed-command.ts'
import { type StatAgent, showAgent, showStatus } from '../ui/show-status.ts'
import type { Ui } from '../ui/ui.ts'
import { readProject } from './read-project.ts'
import { unknownAgent } from './unknown-agent.ts'

/**
 * What is going on, or of one agent alone. Without a host, what the project's configuration says. `now` is in epoch
 * milliseconds.
 */
export async function stat(agent: string | undefined, options: HostOptions, ui: Ui, now: number): Promise<void> {
  const live = await askHost(options)
  if (live === undefined) {
    showConfiguration(agent, options, ui, now)
    return
  }
  const { status, locks } = live
  const one = status.agents.find(({ name }) => name === agent)
  if (agent !== undefined && one === undefined)
    throw unknownAgent(
      agent,
      status.agents.map(({ name }) => name),
    )
  const of = <T extends { readonly agentName: string }>(all: readonly T[]) =>
    agent === undefined ? all : all.filter(({ agentName }) => agentName === agent)
  const instances = of(status.instances)
  const held = of(locks)
  if (one !== undefined) {
    // What binds the project binds this agent, too.
    const limits = status.limits.filter((limit) => limit.agent === undefined || limit.agent === agent)
    ui.emit({ kind: 'data', data: { host: live.url, agent: one, instances, locks: held, limits } })
    showAgent(one, { instances, locks: held, limits, paused: status.scheduler.paused }, ui, now)
    return
  }
  ui.emit({ kind: 'data', data: { host: live.url, ...status, locks } })
  showStatus({ ...status, url: live.url, locks, resume: typedFor(options)('resume') }, ui, now)
}

interface Live {
  readonly url: string
  readonly status: Status
  readonly locks: readonly HeldLock[]
}

async function askHost(options: HostOptions): Promise<Live | undefined> {
  const host = await findHost(options)
  if (host === undefined) return undefined
  const [status, locks] = await Promise.all([host.status(), host.locks()])
  return { url: host.url, status, locks }
}

function showConfiguration(name: string | undefined, options: HostOptions, ui: Ui, now: number): void {
  const plan = readProject(options)
  const agents = plan.agents.map((agent) => viewOf(agent, now))
  const one = agents.find((agent) => agent.name === name)
  if (name !== undefined && one === undefined)
    throw unknownAgent(
      name,
      agents.map((agent) => agent.name),
    )
  ui.emit({ kind: 'note', text: `${nothingRuns}. This is what its configuration says` })
  if (one !== undefined) {
    ui.emit({ kind: 'data', data: { host: null, agent: one, instances: [], locks: [] } })
    showAgent(one, undefined, ui, now)
    return
  }
  const { project: projectName, environment } = plan
  const scheduler = { projectName, environment }
  ui.emit({ kind: 'data', data: { host: null, scheduler, agents, instances: [], running: 0, locks: [] } })
  showStatus({ scheduler, agents, instances: [], locks: [] }, ui, now)
}

function viewOf(
  { name, scale, compute, timeoutSeconds, triggers, schedules, misfire }: PlannedAgent,
  now: number,
): StatAgent {
  const schedule = schedules[0] ?? null
  const cron = schedule === null ? undefined : parseCron(schedule.line)
  const next =
    schedule !== null && cron?.ok && scale > 0 ? nextFires(cron.cron, schedule.timezone, new Date(now), 1) : []
  return {
    name,
    scale,
    compute,
    timeoutSeconds,
    enabled: scale > 0,
    schedule: schedule && { line: schedule.line, timezone: schedule.timezone, ...(misfire && { misfire }) },
    triggers: triggers.map(({ source, filters }) => ({ source, filters })),
    nextRunAt: next[0]?.getTime() ?? null,
  }
}
