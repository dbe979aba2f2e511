import { useEffect, useState } from 'preact/hooks'
import { ask } from './ask.ts'
import { html } from './html.ts'

interface Notice {
  readonly text: string
  readonly failed: boolean
}

/** Milliseconds that good news stay. Bad news stay until somebody has read them. */
const shown = 6000

let current: Notice | undefined
let timer: number | undefined
const listeners = new Set<() => void>()

/** Says something to whoever looks or listens. */
export function say(text: string, failed = false): void {
  clearTimeout(timer)
  current = { text, failed }
  if (!failed) timer = window.setTimeout(() => clear(), shown)
  for (const listener of listeners) listener()
}

const clear = () => {
  current = undefined
  for (const listener of listeners) listener()
}

/** Asks the gateway to do something and says what came of it. Returns whether it was done. */
export async function act(path: string, { body, then }: { readonly body?: unknown; readonly then?: () => void } = {}) {
  try {
    const { message } = await ask<{ readonly message: string }>('POST', path, { body })
    say(message)
    return true
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true)
    return false
  } finally {
    then?.()
  }
}

/** The place at the foot of the page where it is said. It is there from the beginning, or screen readers would not listen. */
export function Notices() {
  const [notice, setNotice] = useState(current)
  useEffect(() => {
    const look = () => setNotice(current)
    listeners.add(look)
    return () => {
      listeners.delete(look)
    }
  }, [])
  const isBad = notice?.failed === true
  return html`<div class="notices">
    <div role="status">${notice !== undefined && !isBad && html`<p class="notice">${notice.text}</p>`}</div>
    <div role="alert">
      ${isBad && html`<p class="notice bad"><span>${notice.text}</span> <button type="button" onClick=${clear}>Dismiss</button></p>`}
    </div>
  </div>`
}
