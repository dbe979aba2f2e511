import { PreflightError } from './preflight-error.ts'

export interface Request {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const mostRedirects = 10
const redirects = [301, 302, 303, 307, 308]

/**
 * `fetch` that follows redirects without giving anything away: another origin (which a change of scheme makes as well)
 * gets none of the headers and no body, for fetch itself drops `Authorization` and `Cookie` only. No error quotes a value:
 * URLs and headers hold secrets.
 */
export async function fetchFollowing(url: string, request: Request, signal: AbortSignal): Promise<Response> {
  let { target, headers } = addressed(url, request.headers)
  let { method, body } = request
  for (let followed = 0; followed <= mostRedirects; followed++) {
    const answer = await send(target, { method, headers, body }, signal)
    const location = answer.headers.get('location')
    if (!redirects.includes(answer.status) || location === null) return answer
    await answer.body?.cancel()

    const next = addressed(location, {}, target).target
    if (answer.status === 303 || (answer.status < 303 && method === 'POST')) {
      method = method === 'HEAD' ? method : 'GET'
      body = undefined
    }
    if (next.origin !== target.origin) {
      if (body !== undefined) throw new PreflightError('it redirects its body to another origin; use that URL')
      headers = new Headers()
    }
    if (body === undefined) headers.delete('content-type')
    target = next
  }
  throw new PreflightError(`it redirects more than ${mostRedirects} times`)
}

/** The URL and headers as fetch takes them: a name and password before the host become a header. */
function addressed(
  url: string,
  given: Readonly<Record<string, string>>,
  base?: URL,
): { target: URL; headers: Headers } {
  const target = URL.parse(url, base?.href)
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw new PreflightError(base ? 'it redirects to what is no http(s) URL' : '`url` is not an http(s) URL')
  }
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    try {
      headers.set(name, value)
    } catch {
      throw new PreflightError(`header ${JSON.stringify(name)} cannot be sent: its name or its value is not one line`)
    }
  }
  if ((target.username || target.password) && base === undefined && !headers.has('authorization')) {
    const login = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`
    headers.set('authorization', `Basic ${Buffer.from(login).toString('base64')}`)
  }
  target.username = ''
  target.password = ''
  return { target, headers }
}

async function send(target: URL, init: Omit<Request, 'headers'> & { headers: Headers }, signal: AbortSignal) {
  try {
    return await fetch(target, { ...init, redirect: 'manual', signal })
  } catch (error) {
    if (signal.aborted && (signal.reason as Error | undefined)?.name !== 'TimeoutError') throw signal.reason
    const { code } = ((error as Error).cause ?? {}) as { code?: unknown }
    throw new PreflightError(`it gave no answer (${typeof code === 'string' ? code : (error as Error).name})`)
  }
}
