import { setTimeout as sleep } from 'node:timers/promises'
import { type GoogleAddress, googleAddress } from '../../core/google-address.ts'
import { whyNoAnswer } from '../../core/no-answer.ts'

/** A call to one of Google's REST APIs as this service account: what was answered, whatever its status. */
export type GoogleApi = (method: 'GET' | 'POST', url: string, options?: CallOptions) => Promise<GoogleAnswer>

export interface CallOptions {
  /** Plain JSON. */
  readonly body?: unknown
  /** Until when, the token and all tries included. By default for ten seconds. */
  readonly signal?: AbortSignal
  /** Whether it may happen twice, and so is asked again when Google is busy or silent. By default a GET may. */
  readonly repeatable?: boolean
}

export interface GoogleAnswer {
  readonly status: number
  /** The JSON of the body, empty when it is none. */
  readonly body: Readonly<Record<string, unknown>>
  /** Google's word for an error, such as `PERMISSION_DENIED`, and its explanation; a substitute where it gave none. */
  readonly error: string
}

/** Milliseconds that one try may take, of several; and before the second one at most, twice that before a third. */
export interface Pace {
  readonly timeout: number
  readonly firstPause: number
}

const usualPace: Pace = { timeout: 4000, firstPause: 200 }
/** Milliseconds for all tries of a call. */
const patience = 10_000
const tries = 3

const busy = new Set([429, 500, 502, 503, 504])

/** Throws when there was no answer; no error holds the token. */
export function googleApi(
  accessToken: () => Promise<string>,
  addressOf: GoogleAddress = googleAddress(undefined),
  { timeout, firstPause }: Pace = usualPace,
): GoogleApi {
  async function once(method: string, url: string, body: unknown, signal: AbortSignal): Promise<GoogleAnswer> {
    const token = await accessToken()
    try {
      const answer = await fetch(addressOf(url), {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
      })
      return asAnswer(answer.status, await answer.text())
    } catch (error) {
      // Not the error itself: fetch quotes a header that it cannot send, and the token is in one.
      throw new NoAnswer(`${new URL(url).host} gave no answer (${whyNoAnswer(error)})`)
    }
  }

  return async (method, url, options = {}) => {
    const { body, signal = AbortSignal.timeout(patience), repeatable = method === 'GET' } = options
    if (!repeatable) return await once(method, url, body, signal)
    for (let left = tries - 1, pause = firstPause; ; left--, pause *= 2) {
      try {
        const answer = await once(method, url, body, AbortSignal.any([signal, AbortSignal.timeout(timeout)]))
        if (!busy.has(answer.status) || left === 0 || signal.aborted) return answer
      } catch (error) {
        if (!(error instanceof NoAnswer) || left === 0 || signal.aborted) throw error
      }
      await sleep(Math.random() * pause)
    }
  }
}

class NoAnswer extends Error {}

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
