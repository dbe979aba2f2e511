import { formatDollars, formatTokens } from '../../core/format.ts'
import { html } from '../html.ts'
import type { LogPage } from '../wire.ts'

export type LogEntry = LogPage['entries'][number]

/** Characters of a tool's result, and of the rest of an entry, that are shown. */
const longest = 600

/** An entry of a log as a line of its story: what the model says, what it does, what goes wrong. Noise shows nothing. */
export function LogLine({ entry }: { readonly entry: LogEntry }) {
  const line = lineOf(entry)
  if (line === undefined) return null
  const { kind, text, more } = line
  return html`<div class=${`line ${kind}`}>
    <time datetime=${new Date(entry.time).toISOString()}>${clock(entry.time)}</time>
    <div>${kind === 'command' && html`<span class="prompt" aria-hidden="true">$ </span>`}${text}${more !== undefined && more !== '' && html`<span class="more"> ${more}</span>`}</div>
  </div>`
}

interface Line {
  readonly kind: 'says' | 'command' | 'output' | 'step' | 'warn' | 'bad'
  readonly text: string
  readonly more?: string
}

function lineOf(entry: LogEntry): Line | undefined {
  const { level, msg, text, cmd, tool, path } = entry
  switch (msg) {
    case 'assistant':
      return { kind: 'says', text: textOf(text) }
    case 'output':
      return { kind: 'output', text: textOf(text) }
    case 'bash':
      return { kind: 'command', text: textOf(cmd) }
    case 'tool start':
      // A command has a line of its own.
      return tool === 'bash' ? undefined : { kind: 'step', text: `${textOf(tool)} ${textOf(path)}`.trim() }
    case 'tool error':
      return { kind: 'bad', text: `${textOf(tool) || 'tool'} failed`, more: resultOf(entry.result).slice(0, longest) }
    case 'token-usage':
      return { kind: 'step', text: usageOf(entry) }
    case 'tool done':
    case 'event':
      return undefined
  }
  if (level < 30) return undefined
  return { kind: level >= 50 ? 'bad' : level >= 40 ? 'warn' : 'step', text: msg, more: fieldsOf(entry) }
}

function usageOf({ totalTokens, turnCount, cost }: LogEntry): string {
  const tokens = typeof totalTokens === 'number' ? formatTokens(totalTokens) : '?'
  const usd = typeof cost === 'number' ? `, ${formatDollars(cost)}` : ''
  return `${tokens} tokens, ${textOf(turnCount)} turns${usd}`
}

/** A tool's result is text, or JSON with the text in `content[0].text`. */
function resultOf(result: unknown): string {
  try {
    const parsed: unknown = typeof result === 'string' ? JSON.parse(result) : result
    const text: unknown = (parsed as { content?: readonly { text?: unknown }[] } | null)?.content?.[0]?.text
    return typeof text === 'string' ? text : textOf(result)
  } catch {
    return textOf(result)
  }
}

function fieldsOf({ level: _, time: __, msg: ___, instance: ____, stack: _____, ...rest }: LogEntry): string {
  return Object.entries(rest)
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join(' ')
    .slice(0, longest)
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)

const clock = (time: number): string => new Date(time).toLocaleTimeString(undefined, { hour12: false })
