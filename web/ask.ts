/** The gateway said no, or nothing. `status` is 0 when it could not be reached. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Milliseconds for an answer. */
const patience = 20_000

/**
 * Asks the gateway that served this page; the session travels as a cookie that no script sees. A session that is over leads
 * to the login. Throws `Refused`, with the gateway's own words where it has any.
 */
export async function ask<T>(
  method: 'GET' | 'POST',
  path: string,
  { body = {}, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const answer = await fetch(path, {
    method,
    headers: { 'x-al-dashboard': '1', ...(method === 'POST' && { 'content-type': 'application/json' }) },
    ...(method === 'POST' && { body: JSON.stringify(body) }),
    cache: 'no-store',
    signal: AbortSignal.any([AbortSignal.timeout(patience), ...(signal === undefined ? [] : [signal])]),
  }).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw new Refused(
      0,
      error instanceof DOMException ? 'the gateway does not answer' : 'the gateway cannot be reached',
    )
  })
  const said: unknown = await answer.json().catch(() => undefined)
  if (answer.ok) return said as T
  if (answer.status === 401 && !isLogin()) {
    location.assign(`/login?to=${encodeURIComponent(location.pathname)}`)
  }
  throw new Refused(answer.status, errorIn(said) ?? `the gateway answered ${answer.status}`)
}

const isLogin = (): boolean => location.pathname === '/login'

function errorIn(said: unknown): string | undefined {
  const found = typeof said === 'object' && said !== null && 'error' in said ? said.error : undefined
  return typeof found === 'string' ? found : undefined
}
