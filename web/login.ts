import { useEffect, useRef, useState } from 'preact/hooks'
import { ask } from './ask.ts'
import { html } from './html.ts'

/** Where to go after the login: a view of this page, whatever the address says. */
function target(): string {
  const to = new URLSearchParams(location.search).get('to') ?? ''
  return /^\/dashboard(\/[\w%.-]+){0,2}$/.test(to) ? to : '/dashboard'
}

/** The code of a login link. It stands behind the `#`, so that browsers send it to nobody; from here on it stands nowhere. */
function takeCode(): string | undefined {
  const code = location.hash.slice(1)
  if (code === '') return undefined
  history.replaceState(null, '', location.pathname + location.search)
  return code
}

export function Login() {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const field = useRef<HTMLInputElement>(null)

  const logIn = async (proof: { readonly key: string } | { readonly code: string }) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await ask('POST', '/login', { body: proof })
      location.replace(target())
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      setBusy(false)
      field.current?.focus()
    }
  }
  const first = useRef(logIn)
  useEffect(() => {
    document.title = 'Log in · al'
    const code = takeCode()
    if (code === undefined) field.current?.focus()
    else void first.current({ code })
  }, [])

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const key = field.current?.value.trim() ?? ''
    if (key === '') setProblem('paste the gateway key first')
    else void logIn({ key })
  }
  return html`<main class="login">
    <form onSubmit=${submit}>
      <h1><span class="mark" aria-hidden="true">al</span> Dashboard</h1>
      <label for="key">Gateway key</label>
      <input
        id="key" ref=${field} type="password" autocomplete="current-password" spellcheck=${false} autocapitalize="off"
        aria-describedby="where problem" aria-invalid=${problem !== undefined} />
      <p id="problem" class="problem" role="alert">${problem}</p>
      <button type="submit" class="primary" aria-disabled=${busy}>${busy ? 'Logging in…' : 'Log in'}</button>
      <div id="where" class="hint">
        <p>It is the credential <code>gateway_api_key</code>: on your machine in</p>
        <p><code>~/.action-llama/credentials/gateway_api_key/default/key</code></p>
        <p>On this machine <code>al start -w</code> prints a link that needs no key. A session lasts a day.</p>
      </div>
    </form>
  </main>`
}
