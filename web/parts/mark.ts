import { html } from '../html.ts'
import type { Run } from '../wire.ts'

interface Look {
  /** Told by shape, not by colour alone. */
  readonly sign: string
  readonly tone: 'live' | 'good' | 'bad' | 'warn' | 'quiet'
}

const looks: Readonly<Record<string, Look>> = {
  running: { sign: '●', tone: 'live' },
  starting: { sign: '◐', tone: 'live' },
  stopping: { sign: '◑', tone: 'warn' },
  queued: { sign: '○', tone: 'quiet' },
  completed: { sign: '✓', tone: 'good' },
  rerun: { sign: '↻', tone: 'good' },
  started: { sign: '✓', tone: 'good' },
  paused: { sign: '‖', tone: 'warn' },
  idle: { sign: '·', tone: 'quiet' },
  off: { sign: '–', tone: 'quiet' },
  duplicate: { sign: '=', tone: 'quiet' },
  unmatched: { sign: '·', tone: 'quiet' },
  killed: { sign: '■', tone: 'warn' },
  expired: { sign: '✗', tone: 'warn' },
  budget_exceeded: { sign: '$', tone: 'warn' },
}
const failed: Look = { sign: '✗', tone: 'bad' }

/** A state in a word, with a sign in front. */
export function Mark({ state, text = state.replaceAll('_', ' ') }: { readonly state: string; readonly text?: string }) {
  const { sign, tone } = looks[state] ?? failed
  return html`<span class=${`mark ${tone}`}><span class="sign" aria-hidden="true">${sign}</span> ${text}</span>`
}

/** What a run is doing, or how it ended. */
export function stateOf({ status, outcome, stopping }: Pick<Run, 'status' | 'outcome' | 'stopping'>): string {
  if (status === 'done') return outcome ?? 'done'
  return stopping === undefined ? status : 'stopping'
}
