import type { Finish } from '../../core/scheduler/finish.ts'
import { largestPayload } from '../../core/scheduler/payload.ts'
import type { Usage } from '../../core/scheduler/run.ts'
import type { Log } from '../../core/scheduler/world.ts'
import type { Interruption } from './interruption.ts'
import type { Signals } from './signals.ts'

/** How the work of a run came to its end, before anybody has judged it. */
export type Worked = { readonly usage?: Usage } & (
  | {
      readonly kind: 'ended'
      readonly signals: Signals
      /** Characters of the last answer. */
      readonly outputLength: number
      /** Exit status of a script; a session has none. */
      readonly status?: number
    }
  | { readonly kind: 'failed'; readonly why: string; readonly modelRefused?: 'quota' | 'auth' }
  /** A limit has ended it: `why` names it. */
  | { readonly kind: 'over budget'; readonly why: string }
  | { readonly kind: 'interrupted' }
)

export interface Ending {
  /** The exit code of the process. */
  readonly code: number
  /** What the record is told; nothing when there is nobody to tell. */
  readonly finish?: Finish
}

/** What an agent may end with by itself, in words. */
const exitReasons: Readonly<Record<number, string>> = {
  10: 'authentication or credential failure',
  11: 'permission or access denied',
  12: 'rate limit exceeded',
  13: 'configuration error',
  14: 'missing dependency or service error',
  15: 'unrecoverable error',
  16: 'user-requested abort',
}
const otherCode = 15

const budgetCode = 17
const rerunCode = 42
const timeoutCode = 124
export const killedCode = 137

/**
 * The exit code of a run and what its record is told. What had come to its end counts, even if the run was interrupted at
 * that moment. In this order: a failure, the code the agent has named, its wish to go on, success.
 */
export function endingOf(worked: Worked, by: Interruption | undefined, log: Log): Ending {
  const { usage } = worked
  // Whoever ended the record has said how; and after a fence it may be another container's.
  if (by?.kind === 'over') return { code: 0 }
  if (by?.kind === 'fenced') return { code: 1 }
  const { code, ...finish } = worked.kind === 'interrupted' ? interrupted(by, log) : judged(worked, log)
  return { code, finish: { ...finish, code, ...(usage && { usage }) } }
}

type Verdict = Finish & { readonly code: number }

const failed = (code: number, reason: string): Verdict => ({ outcome: 'error', code, reason })

function interrupted(by: Interruption | undefined, log: Log): Verdict {
  if (by?.kind === 'timeout') {
    log('error', 'container timeout reached, self-terminating', { timeoutSeconds: by.seconds })
    return failed(timeoutCode, `timed out after ${by.seconds} s`)
  }
  if (by?.kind === 'stopped') return { outcome: 'killed', code: killedCode, reason: by.reason ?? 'told to stop' }
  const error = by?.kind === 'crashed' ? by.error : 'the session ended early'
  log('error', 'container entry error', errorFields(error))
  return failed(1, messageOf(error))
}

function judged(worked: Exclude<Worked, { kind: 'interrupted' }>, log: Log): Verdict {
  if (worked.kind === 'failed') {
    const { why, modelRefused } = worked
    return { ...failed(1, why), ...(modelRefused && { modelRefused }) }
  }
  if (worked.kind === 'over budget') return { outcome: 'budget_exceeded', code: budgetCode, reason: worked.why }
  const { signals, status = 0, outputLength } = worked
  if (signals.exit !== undefined) return exited(signals.exit, log)
  if (status !== 0 && status !== rerunCode) {
    return failed(Math.min(status, 255), exitReasons[status] ?? `the test script ended with code ${status}`)
  }
  const { returned } = signals
  if (returned !== undefined && 'tooLong' in returned) {
    const limit = `at most ${largestPayload} (256 KiB) are taken`
    return failed(1, `the return value has ${returned.tooLong} bytes: ${limit}`)
  }
  if (returned !== undefined) log('info', 'signal-result', { type: 'return', value: returned.value.slice(0, 1000) })
  const result = returned && { result: returned.value }
  if (signals.rerun || status === rerunCode) {
    log('info', 'signal-result', { type: 'rerun' })
    log('info', 'run completed, rerun requested', { outputLength })
    return { outcome: 'rerun', code: rerunCode, ...result }
  }
  log('info', 'run completed', { outputLength })
  return { outcome: 'completed', code: 0, ...result }
}

function exited(text: string, log: Log): Verdict {
  const named = Number(text)
  const known = exitReasons[named]
  const exitCode = known === undefined ? otherCode : named
  const reason = known ?? exitReasons[otherCode] ?? ''
  if (known === undefined) {
    log('warn', `al-exit takes a code from 10 to 16, taken as ${otherCode}`, { code: text.slice(0, 100) })
  }
  log('info', 'signal-result', { type: 'exit', exitCode, reason })
  log('error', 'agent terminated with exit signal', { exitCode, reason })
  return failed(exitCode, reason)
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An error for the log: its message, and the first lines of where it came from. */
export const errorFields = (error: unknown): Readonly<Record<string, unknown>> => ({
  error: messageOf(error),
  ...(error instanceof Error && { stack: error.stack?.split('\n').slice(0, 5).join('\n') }),
})
