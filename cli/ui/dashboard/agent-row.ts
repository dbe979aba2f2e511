import { formatAge, formatDollars, formatDuration, formatTokens, formatUntil } from '../../../core/format.ts'
import { plainText } from '../plain-text.ts'
import { cell, type Line, type Span } from './line.ts'
import type { AgentStatus } from './options.ts'
import type { State } from './state.ts'
import type { Symbols } from './symbols.ts'

interface Column {
  readonly head: string
  readonly width: number
  /** What has to go first when the terminal is narrow has the highest number. */
  readonly dispensable: number
  readonly show: (agent: AgentStatus, now: number, symbols: Symbols) => Span
}

const columns: readonly Column[] = [
  { head: 'STATE', width: 14, dispensable: 0, show: stateOf },
  { head: 'LAST RUN', width: 12, dispensable: 1, show: lastRun },
  { head: 'TOOK', width: 8, dispensable: 4, show: ({ lastRunDuration: ms }) => optional(ms, formatDuration) },
  { head: 'TOKENS', width: 6, dispensable: 5, show: ({ lastRunUsage: u }) => optional(u?.totalTokens, formatTokens) },
  { head: 'COST', width: 7, dispensable: 3, show: ({ lastRunUsage: u }) => optional(u?.cost, formatDollars) },
  {
    head: 'NEXT RUN',
    width: 9,
    dispensable: 2,
    show: ({ nextRunAt }, now) => optional(nextRunAt, (at) => formatUntil(at, now)),
  },
]

const gap = 2
const marker = 2

/** How the table of agents is laid out in a terminal of this width. */
export interface Layout {
  readonly name: number
  readonly columns: readonly Column[]
}

/** Names take what they need, up to 24 characters while columns have to go for it, and whatever is left beyond. */
export function layOut(agents: readonly AgentStatus[], width: number): Layout {
  const longest = agents.reduce((most, { name }) => Math.max(most, name.length), 'AGENT'.length)
  const left = (shown: readonly Column[]) => shown.reduce((rest, one) => rest - gap - one.width, width - marker)
  let shown = columns
  while (shown.length > 1 && left(shown) < Math.min(longest, 24)) {
    const last = Math.max(...shown.map(({ dispensable }) => dispensable))
    shown = shown.filter(({ dispensable }) => dispensable !== last)
  }
  return { name: Math.max(1, Math.min(longest, left(shown))), columns: shown }
}

export function tableHead(layout: Layout, symbols: Symbols): Line {
  const heads = layout.columns.map(({ head, width }) => cell(head, width, symbols.ellipsis))
  return [{ text: ['  AGENT'.padEnd(marker + layout.name), ...heads].join(' '.repeat(gap)), dim: true }]
}

/** An agent: its row, and below it what it is doing or why it failed, if there is something to say. */
export function agentRow(agent: AgentStatus, layout: Layout, state: State, symbols: Symbols): Line[] {
  const selected = agent.name === state.selected
  const cells = layout.columns.flatMap(({ show, width }) => {
    const span = show(agent, state.now, symbols)
    return [{ text: ' '.repeat(gap) }, { ...span, text: cell(span.text, width, symbols.ellipsis) }]
  })
  const name = cell(agent.name, layout.name, symbols.ellipsis)
  const row: Line = [{ text: `${selected ? symbols.selected : ' '} ${name}`, bold: selected }, ...cells]
  const said = saidOf(agent, state)
  return said === undefined ? [row] : [row, [{ text: '    ' }, said]]
}

function saidOf({ name, statusText, lastError }: AgentStatus, { images }: State): Span | undefined {
  const image = images.get(name)
  if (image?.state === 'failed') return { text: `no image: ${image.detail}`, color: 'red' }
  if (image?.state === 'building') return { text: `building its image ${image.detail}`, dim: true }
  const status = plainText(statusText ?? '')
  if (status !== '') return { text: status, dim: true }
  const error = plainText(lastError ?? '')
  return error === '' ? undefined : { text: `error: ${error}`, color: 'red' }
}

function stateOf({ enabled, scale, runningCount, queuedWebhooks }: AgentStatus): Span {
  const behind = queuedWebhooks > 0 ? ` +${queuedWebhooks}` : ''
  const share = runningCount > 0 ? ` ${runningCount}/${scale}` : ''
  if (scale === 0 && runningCount === 0) return { text: 'Off', dim: true }
  if (!enabled && scale > 0) return { text: `Paused${share}${behind}`, color: 'yellow' }
  if (runningCount > 0) return { text: `Running${share}${behind}`, color: 'green' }
  if (queuedWebhooks > 0) return { text: `Queued ${queuedWebhooks}`, color: 'cyan' }
  return { text: 'Idle' }
}

function lastRun({ lastRunAt, lastError }: AgentStatus, now: number, symbols: Symbols): Span {
  if (lastRunAt === undefined || lastRunAt === null) return { text: '' }
  const failed = lastError !== undefined && lastError !== null
  const text = `${failed ? symbols.failed : symbols.ready} ${formatAge(lastRunAt, now)}`
  return failed ? { text, color: 'red' } : { text }
}

const optional = (value: number | null | undefined, format: (value: number) => string): Span => ({
  text: value === undefined || value === null ? '' : format(value),
})
