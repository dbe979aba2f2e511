import { whyNoAnswer } from '../cloud/no-answer.ts'

/** A call to one of Google's REST APIs as this service account: what was answered, whatever its status. */
export type GoogleApi = (method: 'GET' | 'POST', url: string, options?: CallOptions) => Promise<GoogleAnswer>

export interface CallOptions {
  /** Plain JSON. */
  readonly body?: unknown
  /** Until when, the token included. By default for ten seconds. */
  readonly signal?: AbortSignal
}

export interface GoogleAnswer {
  readonly status: number
  /** The JSON of the body, empty when it is none. */
  readonly body: Readonly<Record<string, unknown>>
  /** Google's word for an error, such as `PERMISSION_DENIED`, and its explanation; a substitute where it gave none. */
  readonly error: string
}

const timeout = 10_000

/** Throws when there was no answer; no error holds the token. */
export function googleApi(accessToken: () => Promise<string>): GoogleApi {
  return async (method, url, { body, signal = AbortSignal.timeout(timeout) } = {}) => {
    const token = await accessToken()
    try {
      const answer = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
      })
      return asAnswer(answer.status, await answer.text())
    } catch (error) {
      // Not the error itself: fetch quotes a header that it cannot send, and the token is in one.
      throw new Error(`${new URL(url).host} gave no answer (${whyNoAnswer(error)})`)
    }
  }
}

function asAnswer(status: number, text: string): GoogleAnswer {
  const body = parse(text)
  const { status: code, message } = (body.error ?? {}) as { status?: string; message?: string }
  return { status, body, error: `${code ?? `HTTP ${status}`}: ${message ?? 'no explanation'}` }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
