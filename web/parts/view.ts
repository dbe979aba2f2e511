import { useEffect } from 'preact/hooks'
import { type Children, html } from '../html.ts'
import type { Polled } from '../poll.ts'

/** The frame of a view: its heading, which takes the focus when one comes here, and what stands beside it. */
export function View({
  title,
  beside,
  above,
  children,
}: {
  readonly title: string
  readonly beside?: Children
  readonly above?: Children
  readonly children?: Children
}) {
  useEffect(() => {
    document.title = `${title} · al`
  }, [title])
  return html`<div class="head">
      <div>${above}<h1 tabindex="-1">${title}</h1></div>
      <div class="beside">${beside}</div>
    </div>
    ${children}`
}

/** What was looked up; until it is there, that it is under way, and where it cannot be had, why. */
export function Loaded<T>({
  of: { data, problem, refresh },
  children,
}: {
  readonly of: Polled<T>
  readonly children: (data: T) => Children
}) {
  if (data !== undefined) {
    // A gateway that cannot be reached is told of above every view.
    const stale = problem !== undefined && problem.status !== 0
    return html`${stale && html`<${Problem} text=${problem.message} retry=${refresh} />`}${children(data)}`
  }
  if (problem !== undefined) return html`<${Problem} text=${problem.message} retry=${refresh} />`
  return html`<p class="loading" aria-busy="true">Loading…</p>`
}

export const Problem = ({ text, retry }: { readonly text: string; readonly retry: () => void }) =>
  html`<div class="problem box" role="alert"><p>${text}</p> <button type="button" onClick=${retry}>Try again</button></div>`

/** Nothing is there; what to do that there is. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: Children }) =>
  html`<div class="empty"><p class="what">${title}</p><p>${children}</p></div>`
