import { formatAge, formatDuration, formatUntil } from '../../core/format.ts'
import { html } from '../html.ts'
import { useNow } from '../poll.ts'

const exact = (at: number): string =>
  new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** How long ago something was, or when it will be; the exact time is its title. `at` is in epoch milliseconds. */
export function When({ at, ahead = false }: { readonly at: number | null | undefined; readonly ahead?: boolean }) {
  const now = useNow()
  if (at === null || at === undefined) return html`<span class="none">–</span>`
  const text = ahead ? formatUntil(at, now) : formatAge(at, now)
  return html`<time datetime=${new Date(at).toISOString()} title=${exact(at)}>${text}</time>`
}

/** How long something took, or has taken so far. */
export function Took({ from, to }: { readonly from: number | undefined; readonly to: number | undefined }) {
  const now = useNow()
  if (from === undefined) return html`<span class="none">–</span>`
  return html`<span class="num">${formatDuration(Math.max(0, (to ?? now) - from))}</span>`
}
