import { plainText } from './plain-text.ts'
import { printable } from './printable.ts'
import type { StyledLine } from './ui.ts'

/** An entry of a log, as the gateway hands it out. */
export interface ShownEntry {
  /** 20 debug, 30 info, 40 warn, 50 error. */
  readonly level: number
  /** Epoch milliseconds. */
  readonly time: number
  readonly msg: string
  /** Run id. */
  readonly instance?: string
  readonly [field: string]: unknown
}

/** Turns entries into lines, in the order in which they were written. An entry may be worth no line. */
export type LogFormat = (entry: ShownEntry) => readonly StyledLine[]

const longestResult = 300
const longestCommand = 200
const longestFields = 300

/** Every entry on a line: `12:03:04 INFO [dev-…] message {"the":"rest"}`. */
export const rawFormat: LogFormat = (entry) => {
  const { level, time, msg, instance, ...rest } = entry
  const fields = Object.keys(rest).length === 0 ? '' : ` ${printable(JSON.stringify(rest))}`
  const run = instance === undefined ? '' : `[${plainText(instance)}] `
  return [
    [
      { text: `${clock(time)} `, style: 'dim' },
      { text: nameOf(level).padEnd(5), ...colour(level) },
      { text: ` ${run}${plainText(msg)}` },
      { text: fields, style: 'dim' },
    ],
  ]
}

/**
 * The story of a run: a rule where it begins, what the model says, the commands it runs and what went wrong with them.
 * Steps in between are dim; noise (`debug`, a platform's own lines) is left out.
 */
export function conversationFormat(): LogFormat {
  let before: string | undefined
  return (entry) => {
    const lines = linesOf(entry)
    const begins = entry.msg === 'container starting' || (lines.length > 0 && entry.instance !== before)
    if (!begins) return lines
    before = entry.instance
    return entry.instance === undefined ? lines : [...ruleOf(entry.instance, entry.time), ...lines]
  }
}

function linesOf(entry: ShownEntry): readonly StyledLine[] {
  const { level, time, msg } = entry
  switch (msg) {
    case 'assistant':
      return block(textOf(entry.text)).map((text) => [{ text: `  ${text}`, style: 'bold' }])
    case 'output': {
      const text = textOf(entry.text)
      return platformLine.test(text) ? [] : block(text).map((line) => [{ text: `  ${line}` }])
    }
    case 'bash':
      return [
        [
          { text: '$ ', style: 'dim' },
          { text: plainText(textOf(entry.cmd), longestCommand), style: 'cyan' },
        ],
      ]
    case 'tool start': {
      const tool = plainText(textOf(entry.tool))
      // A command has a line of its own.
      return tool === 'bash'
        ? []
        : [[{ text: `▸ ${[tool, plainText(textOf(entry.path))].join(' ').trim()}`, style: 'cyan' }]]
    }
    case 'tool error':
      return toolError(entry)
    case 'tool done':
    case 'event':
      return []
    case 'token-usage':
      return [[{ text: `${clock(time)} ${usage(entry)}`, style: 'dim' }]]
  }
  if (level < 30 || platformLine.test(msg)) return []
  const fields = fieldsOf(entry)
  const style = colour(level)
  const mark = level >= 50 ? '✗ ' : level >= 40 ? '! ' : ''
  return [
    [
      { text: `${clock(time)} `, style: 'dim' },
      { text: `${mark}${plainText(msg)}`, ...(level >= 40 ? style : ({ style: 'dim' } as const)) },
      ...(fields === '' ? [] : [{ text: `  ${fields}`, style: 'dim' as const }]),
    ],
  ]
}

function toolError(entry: ShownEntry): StyledLine[] {
  const command = plainText(textOf(entry.cmd), longestCommand)
  const result = printable(resultText(entry.result)).trim().slice(0, longestResult)
  return [
    [
      {
        text: `✗ ${plainText(textOf(entry.tool)) || 'tool'} failed${command === '' ? '' : `: ${command}`}`,
        style: 'red',
      },
    ],
    ...block(result).map((text): StyledLine => [{ text: `  ${text}`, style: 'red' }]),
  ]
}

/** A tool's result is text, or JSON with the text in `content[0].text`. */
function resultText(result: unknown): string {
  try {
    const parsed = typeof result === 'string' ? JSON.parse(result) : result
    const text: unknown = parsed?.content?.[0]?.text
    return typeof text === 'string' ? text : textOf(result)
  } catch {
    return textOf(result)
  }
}

const ruleOf = (run: string, time: number): StyledLine[] => {
  const { year, month, day } = parts(time)
  const title = `── ${plainText(run)} · ${year}-${month}-${day} ${clock(time)} `
  return [[], [{ text: title.padEnd(72, '─'), style: 'dim' }]]
}

/** Lines that AWS writes into a function's log of its own accord. */
const platformLine = /^(START|END|REPORT|INIT_START|EXTENSION)\b.*(RequestId|Runtime Version|Name):/

function usage({ totalTokens, turnCount, cost }: ShownEntry): string {
  const count = (value: unknown) => (typeof value === 'number' ? value.toLocaleString('en-US') : '?')
  const usd = typeof cost === 'number' ? `, $${cost.toFixed(4)}` : ''
  return `${count(totalTokens)} tokens, ${count(turnCount)} turns${usd}`
}

/** The rest of an entry, `key=value`, as far as it fits. */
function fieldsOf(entry: ShownEntry): string {
  const { level: _, time: __, msg: ___, instance: ____, stack: _____, ...rest } = entry
  const fields = Object.entries(rest).map(([key, value]) => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
    return `${key}=${plainText(/^[^\s"]+$/.test(text) || typeof value !== 'string' ? text : JSON.stringify(text), 160)}`
  })
  const line = fields.join(' ')
  return line.length <= longestFields ? line : `${line.slice(0, longestFields - 1)}…`
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)

const block = (text: string): string[] => {
  const lines = printable(text).replaceAll('\t', '  ').trim()
  return lines === '' ? [] : lines.split('\n').map((line) => line.trimEnd())
}

const nameOf = (level: number): string =>
  level >= 50 ? 'ERROR' : level >= 40 ? 'WARN' : level >= 30 ? 'INFO' : 'DEBUG'

const colour = (level: number): { readonly style?: 'red' | 'yellow' | 'dim' } =>
  level >= 50 ? { style: 'red' } : level >= 40 ? { style: 'yellow' } : level >= 30 ? {} : { style: 'dim' }

/** By the clock on this machine's wall. */
function clock(time: number): string {
  const { hour, minute, second } = parts(time)
  return `${hour}:${minute}:${second}`
}

function parts(time: number) {
  const date = new Date(time)
  const two = (n: number) => String(n).padStart(2, '0')
  return {
    year: String(date.getFullYear()),
    month: two(date.getMonth() + 1),
    day: two(date.getDate()),
    hour: two(date.getHours()),
    minute: two(date.getMinutes()),
    second: two(date.getSeconds()),
  }
}
