import { formatAge, formatCount, formatDollars, formatDuration, formatTokens, formatUntil } from '../../core/format.ts'
import type { PublicRun } from '../../functions/gateway/public-run.ts'
import type { AgentView } from '../../functions/gateway/routes/agent-view.ts'
import type { HeldLock, Status } from '../gateway/gateway-client.ts'
import { plainText } from './plain-text.ts'
import { showLimits } from './show-limits.ts'
import type { Ui } from './ui.ts'

/** An agent as a host tells of it, or as much of that as its configuration says. */
export type StatAgent = Pick<
  AgentView,
  'name' | 'scale' | 'compute' | 'timeoutSeconds' | 'enabled' | 'schedule' | 'triggers' | 'nextRunAt'
> &
  Partial<AgentView>

export interface ShownStatus {
  /** Absent when nothing runs. */
  readonly url?: string
  /** How to undo a pause of it. */
  readonly resume?: string
  readonly scheduler: Pick<Status['scheduler'], 'projectName' | 'environment'> & Partial<Status['scheduler']>
  readonly limits?: Status['limits']
  readonly agents: readonly StatAgent[]
  readonly instances: readonly PublicRun[]
  readonly locks: readonly HeldLock[]
}

/** The whole project for people: host, agents, what runs, and locks. `now` is in epoch milliseconds. */
export function showStatus(shown: ShownStatus, ui: Ui, now: number): void {
  const { url, scheduler, agents, instances, locks, resume = '`al resume`' } = shown
  ui.emit({ kind: 'heading', text: `${scheduler.projectName} (${scheduler.environment})` })
  if (url !== undefined) {
    const up = scheduler.startedAt === undefined ? '' : formatDuration(now - scheduler.startedAt)
    ui.emit({
      kind: 'text',
      text: scheduler.paused
        ? `PAUSED: nothing starts before ${resume}${up && ` (up for ${up})`}`
        : `running${up && `, for ${up}`}`,
    })
    ui.emit({ kind: 'text', text: `gateway ${url}` })
    for (const webhook of scheduler.webhookUrls ?? []) ui.emit({ kind: 'text', text: `webhook ${webhook}` })
  }
  for (const [what, { why, until, probe }] of Object.entries(scheduler.blocked ?? {})) {
    const reason = why === 'quota' ? 'its quota is used up' : 'the key is not accepted'
    const next = probe === undefined ? `one run tries again ${formatUntil(until, now)}` : `${probe} is trying`
    ui.emit({
      kind: 'warning',
      text: `the provider of ${what} refuses all requests (${reason}): ${next}, and nothing else starts on it before that; ${resume} tries at once`,
    })
  }
  ui.emit({ kind: 'heading', text: 'Agents' })
  if (agents.length === 0) ui.emit({ kind: 'text', text: 'none: an agent is a directory in agents/' })
  else showAgents(agents, url !== undefined, ui, now)
  showLimits(shown.limits ?? [], ui)
  showRuns(instances, ui, now)
  showLocks(locks, ui, now)
}

function showAgents(agents: readonly StatAgent[], live: boolean, ui: Ui, now: number): void {
  const more = ['running', 'queued', 'last run', 'cost']
  ui.emit({
    kind: 'table',
    columns: ['agent', 'trigger', 'status', ...(live ? more : []), 'next run'],
    rows: agents.map((agent) => {
      const { name, runningCount = 0, queuedWebhooks = 0, scale, nextRunAt } = agent
      const counts = [`${runningCount} of ${scale}`, String(queuedWebhooks), lastRun(agent, now), costOf(agent)]
      const next = nextRunAt === null ? '–' : formatUntil(nextRunAt, now)
      return [name, triggerOf(agent), stateOf(agent), ...(live ? counts : []), next]
    }),
  })
}

/** One agent for people. Without `live` it is known from its configuration alone. */
export function showAgent(
  agent: StatAgent,
  live:
    | {
        readonly instances: readonly PublicRun[]
        readonly locks: readonly HeldLock[]
        readonly limits?: Status['limits']
        readonly paused: boolean
      }
    | undefined,
  ui: Ui,
  now: number,
): void {
  const { name, schedule, triggers, scale, timeoutSeconds, nextRunAt, compute } = agent
  ui.emit({ kind: 'heading', text: name })
  const webhooks = triggers.map(({ source, filters }) => `${source}${filtersOf(filters)}`)
  const rows: [string, string][] = [
    ['schedule', schedule === null ? 'none' : `${schedule.line} (${schedule.timezone})`],
    ...(schedule?.misfire === undefined ? [] : [['', 'missed: made up for by one run'] satisfies [string, string]]),
    ...(nextRunAt === null ? [] : [['next run', formatUntil(nextRunAt, now)] satisfies [string, string]]),
    ['webhooks', webhooks[0] ?? 'none'],
    ...webhooks.slice(1).map((text): [string, string] => ['', text]),
    ['scale', scale === 0 ? '0: switched off' : `${formatCount(scale, 'run')} at a time`],
    ['timeout', formatDuration(timeoutSeconds * 1000)],
    ['runs in', compute],
  ]
  if (live !== undefined) {
    const { lastError, statusText, queuedWebhooks = 0 } = agent
    rows.push(['status', live.paused ? 'PAUSED with the whole project' : stateOf(agent)])
    if (statusText) rows.push(['doing', plainText(statusText)])
    rows.push(
      ['queued', String(queuedWebhooks)],
      ['last run', [lastRun(agent, now), usageOf(agent)].filter(Boolean).join(', ')],
    )
    if (lastError) rows.push(['last error', plainText(lastError)])
  }
  for (const [label, text] of rows) ui.emit({ kind: 'text', text: `${label.padEnd(12)}${text}` })
  showLimits(live?.limits ?? [], ui)
  showRuns(live?.instances ?? [], ui, now)
  showLocks(live?.locks ?? [], ui, now)
}

function showRuns(runs: readonly PublicRun[], ui: Ui, now: number): void {
  if (runs.length === 0) return
  ui.emit({ kind: 'heading', text: 'Runs' })
  ui.emit({
    kind: 'table',
    columns: ['run', 'status', 'trigger', 'started', 'doing'],
    rows: runs.map(({ id, status, stopping, trigger, rerun, startedAt, createdAt, statusText = '' }) => [
      id,
      stopping === undefined ? status : 'stopping',
      `${whyOf(trigger)}${rerun > 0 ? `, rerun ${rerun}` : ''}`,
      formatAge(startedAt ?? createdAt ?? now, now),
      plainText(statusText, 60),
    ]),
  })
}

function whyOf({ kind, source, event, caller, of }: PublicRun['trigger']): string {
  if (kind === 'tick') return 'schedule'
  if (kind === 'webhook') return plainText(`${source}: ${event}`, 40)
  if (kind === 'call') return `called by ${caller}`
  return kind === 'retry' ? `retry of ${of}` : kind
}

function showLocks(locks: readonly HeldLock[], ui: Ui, now: number): void {
  if (locks.length === 0) return
  ui.emit({ kind: 'heading', text: 'Locks' })
  for (const { agentName, resourceKey, heldSince } of locks) {
    ui.emit({
      kind: 'text',
      text: `${agentName}: ${plainText(resourceKey)} (held for ${formatDuration(now - heldSince)})`,
    })
  }
}

function triggerOf({ schedule, triggers }: StatAgent): string {
  const kinds = [...(schedule === null ? [] : ['cron']), ...(triggers.length === 0 ? [] : ['webhook'])]
  return kinds.join(' + ') || '(manual)'
}

function stateOf({ scale, enabled, state = 'idle' }: StatAgent): string {
  if (scale === 0) return 'off'
  return enabled ? state : 'PAUSED'
}

function lastRun({ lastRunAt = null, lastOutcome = null }: StatAgent, now: number): string {
  return lastRunAt === null ? '–' : `${lastOutcome} ${formatAge(lastRunAt, now)}`
}

const costOf = ({ lastRunUsage }: StatAgent): string =>
  lastRunUsage?.cost === undefined ? '–' : formatDollars(lastRunUsage.cost)

function usageOf({ lastRunDuration = null, lastRunUsage }: StatAgent): string {
  const took = lastRunDuration === null ? '' : `took ${formatDuration(lastRunDuration)}`
  const { totalTokens, cost } = lastRunUsage ?? {}
  const tokens = totalTokens === undefined ? '' : `${formatTokens(totalTokens)} tokens`
  return [took, tokens, cost === undefined ? '' : formatDollars(cost)].filter(Boolean).join(', ')
}

function filtersOf(filters: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  return given.map(([key, value]) => ` ${key} = ${[value].flat().join(', ')}`).join(';')
}
