import { html } from '../html.ts'
import { at, Link } from '../router.ts'
import type { Run } from '../wire.ts'

const words: Readonly<Record<string, string>> = { tick: 'schedule', initial: 'start of the host', manual: 'by hand' }

/** What began a run; other runs are linked. */
export function Began({ run: { trigger } }: { readonly run: Pick<Run, 'trigger'> }) {
  const { kind, source, event, caller, of } = trigger
  if (kind === 'webhook') return html`<span>${source} <span class="quiet">${event}</span></span>`
  if (kind === 'call' && caller !== undefined) return html`<span>call of <${RunLink} id=${caller} /></span>`
  if (kind === 'retry' && of !== undefined) return html`<span>again: <${RunLink} id=${of} /></span>`
  return html`<span>${words[kind] ?? kind}</span>`
}

/** A run by its agent and the end of its id. */
export const RunLink = ({ id }: { readonly id: string }) =>
  html`<${Link} to=${at('runs', id)}>${agentOf(id)} <span class="id">${id.slice(-8)}</span><//>`

/** A run id ends in 20 characters and the dash before them. */
const agentOf = (id: string): string => (id.length > 21 ? id.slice(0, -21) : id)
