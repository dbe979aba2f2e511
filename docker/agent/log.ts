import type { Log } from '../../core/scheduler/world.ts'
import type { Redactor } from './redact.ts'

/** What a run prints: nothing leaves the process without having passed here. */
export interface Output {
  /** One JSON object a line, marked with `_log`, time `ts` in epoch milliseconds. */
  readonly log: Log
  /** Output of a program as it is, line by line. */
  readonly line: (text: string) => void
  /** Resolves when everything written so far is out. */
  readonly flushed: () => Promise<void>
}

/** The part of a stream that is needed. */
export interface Sink {
  write(text: string, done?: () => void): unknown
}

export function output(sink: Sink, redact: Redactor, now: () => number = Date.now): Output {
  return {
    log(level, message, fields) {
      const entry = { ...(fields && (redact.value(fields) as object)), _log: true, level, msg: redact.text(message) }
      sink.write(`${JSON.stringify({ ...entry, ts: now() })}\n`)
    },
    line(text) {
      sink.write(`${redact.text(text)}\n`)
    },
    flushed: () => new Promise((resolve) => sink.write('', () => resolve())),
  }
}
