import { useEffect, useRef } from 'preact/hooks'
import { type Children, html } from '../html.ts'

/** A question in front of the page. Escape and the first button close it; the browser keeps the focus inside. */
export function Dialog({
  title,
  children,
  confirm,
  danger = false,
  busy = false,
  onConfirm,
  onClose,
}: {
  readonly title: string
  readonly children?: Children
  readonly confirm: string
  readonly danger?: boolean
  readonly busy?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!busy) onConfirm()
  }
  return html`<dialog ref=${dialog} aria-labelledby="asked" onClose=${onClose}>
    <form onSubmit=${submit}>
      <h2 id="asked">${title}</h2>
      ${children}
      <div class="actions">
        <button type="button" onClick=${() => dialog.current?.close()}>Cancel</button>
        <button type="submit" class=${danger ? 'danger' : 'primary'} aria-disabled=${busy}>${confirm}</button>
      </div>
    </form>
  </dialog>`
}
