import { formatCount, formatDuration, formatUntil } from '../../../core/format.ts'
import { plainText } from '../plain-text.ts'
import { type Line, line } from './line.ts'
import { isInitialising, type State } from './state.ts'
import type { Symbols } from './symbols.ts'

/** A state older than this is said to be old: what answers for it hangs. */
const oldMs = 5000

/** The first lines of the screen: where one is, and what concerns all agents. */
export function header(state: State, symbols: Symbols): Line[] {
  const { title, url } = state
  const facts = [`${title.project} (${title.environment})`, `runtime ${title.runtime}`, ...counts(state)]
  const [project = '', ...rest] = facts
  const paths = state.webhookUrls.map((one) => (one.startsWith(url) ? one.slice(url.length) : one))
  const webhooks = paths.length === 0 ? 'no webhooks' : `webhooks ${paths.join(' ')}`
  return [
    [{ text: project, bold: true }, { text: rest.map((fact) => ` ${symbols.dot} ${fact}`).join('') }],
    [{ text: url, color: 'cyan' }, { text: ` ${symbols.dot} ${webhooks}` }],
    ...banners(state),
  ]
}

function counts({ status, now }: State): string[] {
  if (status === undefined) return []
  const { agents, scheduler, instances } = status
  const off = agents.filter(({ enabled }) => !enabled).length
  return [
    `${instances.length} running`,
    `${formatCount(agents.length, 'agent')}${off === 0 ? '' : ` (${off} paused or off)`}`,
    formatCount(scheduler.cronJobCount, 'schedule'),
    ...(scheduler.startedAt === undefined ? [] : [`up ${formatDuration(now - scheduler.startedAt)}`]),
  ]
}

function banners(state: State): Line[] {
  const { status, stopping, unreadable, readAt, now } = state
  const lines: Line[] = []
  if (stopping !== undefined) {
    const waiting =
      stopping === 0 ? '' : `: waiting for ${formatCount(stopping, 'run')}; press Ctrl-C again to stop them`
    lines.push(line(`stopping${waiting}`, { color: 'yellow', bold: true }))
  }
  if (status?.scheduler.paused === true) {
    lines.push(line('PAUSED: nothing starts until you press p', { color: 'yellow', bold: true }))
  }
  for (const [model, { until }] of Object.entries(status?.scheduler.blocked ?? {})) {
    const text = `${plainText(model, 80)} refuses: nothing starts on it, next attempt ${formatUntil(until, now)}`
    lines.push(line(text, { color: 'yellow' }))
  }
  if (unreadable !== undefined) lines.push(line(`cannot read the state: ${unreadable}`, { color: 'red' }))
  else if (readAt !== undefined && now - readAt > oldMs) {
    lines.push(line(`no answer about the state for ${formatDuration(now - readAt)}`, { color: 'red' }))
  } else if (status === undefined && !isInitialising(state)) lines.push(line('starting', { dim: true }))
  return lines
}
