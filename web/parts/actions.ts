import { useRef, useState } from 'preact/hooks'
import { html } from '../html.ts'
import { act } from '../notice.ts'
import type { Agent, Run } from '../wire.ts'
import { Dialog } from './dialog.ts'

/** A button that asks the gateway for something at once. */
export function Act({
  text,
  about,
  path,
  then,
  body,
  ...rest
}: {
  readonly text: string
  /** What it is about, for those who hear it without the row it stands in. */
  readonly about?: string
  readonly path: string
  readonly body?: unknown
  readonly then?: () => void
  readonly [attribute: string]: unknown
}) {
  const [busy, setBusy] = useState(false)
  const press = async () => {
    if (busy) return
    setBusy(true)
    await act(path, { body, then })
    setBusy(false)
  }
  return html`<button type="button" onClick=${press} aria-disabled=${busy} ...${rest}>
    ${text}${about !== undefined && html`<span class="unseen"> ${about}</span>`}
  </button>`
}

/** A button that opens a dialog, which gets the focus back when it is closed. */
function Opens({
  text,
  about,
  dialog,
}: {
  readonly text: string
  readonly about: string
  readonly dialog: (close: () => void) => unknown
}) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  return html`<button type="button" ref=${button} aria-haspopup="dialog" onClick=${() => setOpen(true)}>
      ${text}<span class="unseen"> ${about}</span>
    </button>
    ${open && dialog(close)}`
}

interface AgentAction {
  readonly agent: Agent
  readonly then: () => void
}

export const RunNow = ({ agent: { name }, then }: AgentAction) =>
  html`<${Opens} text="Run" about=${name} dialog=${(close: () => void) => html`<${RunDialog} name=${name} then=${then} close=${close} />`} />`

function RunDialog({
  name,
  then,
  close,
}: {
  readonly name: string
  readonly then: () => void
  readonly close: () => void
}) {
  const input = useRef<HTMLTextAreaElement>(null)
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    const text = input.current?.value.trim() ?? ''
    await act(`/control/trigger/${encodeURIComponent(name)}`, { body: text === '' ? {} : { input: meant(text) }, then })
    close()
  }
  return html`<${Dialog} title=${`Run ${name}`} confirm="Run now" busy=${busy} onConfirm=${run} onClose=${close}>
    <label for="input">What to tell it <span class="optional">(optional: text or JSON)</span></label>
    <textarea id="input" ref=${input} rows="5" spellcheck=${false}></textarea>
  <//>`
}

/** JSON as what it says, anything else as text. */
function meant(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export function PauseOrResume({ agent: { name, enabled, scale }, then }: AgentAction) {
  if (scale === 0) return null
  const path = `/control/agents/${encodeURIComponent(name)}`
  return enabled
    ? html`<${Act} key="pause" text="Pause" about=${name} path=${`${path}/pause`} then=${then} />`
    : html`<${Act} key="resume" text="Resume" about=${name} path=${`${path}/resume`} then=${then} />`
}

/** Kills whatever runs of an agent, once that is confirmed. */
export function KillAgent({ agent: { name, runningCount }, then }: AgentAction) {
  if (runningCount === 0) return null
  const what = runningCount === 1 ? 'its run' : `its ${runningCount} runs`
  return html`<${Kill} about=${name} path=${`/control/agents/${encodeURIComponent(name)}/kill`} then=${then} what=${what} />`
}

export const KillRun = ({ run: { id }, then }: { readonly run: Run; readonly then: () => void }) =>
  html`<${Kill} about=${id} path=${`/control/kill/${encodeURIComponent(id)}`} then=${then} what="this run" />`

function Kill({
  about,
  path,
  what,
  then,
}: {
  readonly about: string
  readonly path: string
  readonly what: string
  readonly then: () => void
}) {
  const dialog = (close: () => void) => {
    const kill = async () => {
      await act(path, { then })
      close()
    }
    return html`<${Dialog} title=${`Kill ${about}?`} confirm="Kill" danger onConfirm=${kill} onClose=${close}>
      <p>Stops ${what} where it is. What it has done stays done; what waits in the queue starts next.</p>
    <//>`
  }
  return html`<${Opens} text="Kill" about=${about} dialog=${dialog} />`
}
