import type { EngineMessage } from './engine-messages.ts'

/** How far an image is. */
export type ImageProgress =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'building'; readonly step?: number; readonly steps?: number; readonly line: string }
  /** `built` tells whether it had to be made. */
  | { readonly kind: 'ready'; readonly reference: string; readonly built: boolean }
  | { readonly kind: 'failed'; readonly why: string }

const shownInErrors = 30
const longestLine = 500

/** What the engine does with its own containers and layers tells nobody anything. */
const housekeeping = /^ ---> |^Removing intermediate container /

/** Makes progress of the engine's messages, and keeps the last lines for an error. */
export function buildOutput(report: (progress: ImageProgress) => void) {
  const lines: string[] = []
  let at: { step: number; steps: number } | undefined
  const keep = (text: string) => {
    // Programs draw their progress over the same line.
    const line = text.slice(text.lastIndexOf('\r') + 1).trimEnd()
    if (line === '' || housekeeping.test(line)) return
    lines.push(line.slice(0, longestLine))
    if (lines.length > shownInErrors) lines.shift()
    const [, step, steps] = /^Step (\d+)\/(\d+) : /.exec(line) ?? []
    if (step !== undefined) at = { step: Number(step), steps: Number(steps) }
    report({ kind: 'building', ...at, line: line.slice(0, longestLine) })
  }
  return {
    add(message: EngineMessage) {
      for (const line of (message.stream ?? message.status ?? '').split('\n')) keep(line)
    },
    /** The last lines, oldest first. */
    tail: (): string => lines.join('\n'),
  }
}
