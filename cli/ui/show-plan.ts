import { formatRef } from '../../core/credentials/reference.ts'
import type { CredentialTypeName } from '../../core/credentials/types.ts'
import { parseCron } from '../../core/cron/cron.ts'
import { nextFires } from '../../core/cron/fires.ts'
import { wallClock } from '../../core/cron/wall-clock.ts'
import type { Plan, PlannedAgent } from '../../core/plan/schema.ts'
import type { Ui } from './ui.ts'

/** A plan for people: what runs and why, where events come in, and what it costs. */
export function showPlan(plan: Plan, ui: Ui, now: Date): void {
  const { target } = plan
  const cloud = { aws: 'AWS', gcp: 'Google Cloud', local: 'this machine' }[target.provider]
  const place = [target.account, target.region].filter((part) => part !== undefined).join(' ')
  const where = place === '' ? 'any account and region' : place
  ui.emit({ kind: 'heading', text: `${plan.project} (${plan.environment}) on ${cloud}, ${where}` })
  if (target.assumed) {
    ui.emit({
      kind: 'text',
      dim: true,
      text: `${cloud} is assumed, in any account and region: the project's configuration does not choose it`,
    })
  }
  ui.emit({
    kind: 'table',
    columns: ['agent', 'compute', 'why', 'trigger', 'next fire', 'memory', 'scale', 'secrets'],
    rows: plan.agents.map((agent) => [
      agent.name,
      agent.compute,
      agent.why,
      triggersOf(agent),
      nextFire(agent, now),
      agent.compute === 'off' ? '' : `${agent.memoryMiB} MiB`,
      String(agent.scale),
      secretsOf(agent),
    ]),
  })

  ui.emit({ kind: 'heading', text: 'Endpoints' })
  ui.emit({
    kind: 'table',
    columns: ['method', 'path', 'access', 'for'],
    rows: plan.endpoints.map(({ method, path, access, what }) => [method, path, access, what]),
  })
  showCost(plan, ui)
}

/** What a plan costs at rest and by runs, and what the numbers rest on. */
export function showCost({ cost }: Plan, ui: Ui): void {
  const { atRestPerMonth, per1000Runs } = cost
  ui.emit({ kind: 'heading', text: `Cost at rest: ${dollars(atRestPerMonth.usd)} a month` })
  ui.emit({
    kind: 'table',
    columns: ['what', 'usd a month', 'how'],
    rows: atRestPerMonth.items.map(({ what, usd, how }) => [what, dollars(usd), how]),
  })
  if (per1000Runs.length > 0) {
    ui.emit({ kind: 'heading', text: 'Cost of 1,000 runs' })
    const rows = Map.groupBy(per1000Runs, ({ usd, items }) => `${dollars(usd)}\n${items[0]?.how}`)
    ui.emit({
      kind: 'table',
      columns: ['agents', 'usd per 1,000 runs', 'compute'],
      rows: [...rows.values()].map((same) => [
        same.length > 5 ? `${same.length} agents` : same.map(({ agent }) => agent).join(', '),
        dollars(same[0]?.usd ?? 0),
        `${same[0]?.items[0]?.what}: ${same[0]?.items[0]?.how}`,
      ]),
    })
  }
  for (const text of cost.assumptions) ui.emit({ kind: 'text', dim: true, text: `- ${text}` })
}

const dollars = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 0.01 ? 4 : 2)}`

function triggersOf(agent: PlannedAgent): string {
  const sources = [...new Set(agent.triggers.map(({ source }) => `webhook ${source}`))]
  const line = agent.schedules[0]?.line
  return [...(line === undefined ? [] : [`cron ${line}`]), ...sources].join(', ') || '–'
}

function nextFire(agent: PlannedAgent, now: Date): string {
  const schedule = agent.schedules[0]
  const parsed = parseCron(schedule?.line ?? '')
  if (schedule === undefined || !parsed.ok) return '–'
  const [next] = nextFires(parsed.cron, schedule.timezone, now, 1)
  if (next === undefined) return '–'
  // A wall clock, read as UTC, prints what the zone's clocks show.
  const shown = new Date(wallClock(schedule.timezone, next.getTime())).toISOString()
  return `${shown.slice(0, 10)} ${shown.slice(11, 16)} ${schedule.timezone}`
}

function secretsOf(agent: PlannedAgent): string {
  const refs = agent.secrets.map(({ type, instance, why }) => {
    const ref = formatRef({ type: type as CredentialTypeName, instance })
    return why === 'model' ? `${ref} (model)` : ref
  })
  return [...new Set(refs)].join(', ') || '–'
}
