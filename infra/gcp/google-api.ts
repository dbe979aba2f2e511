import { setTimeout as sleep } from 'node:timers/promises'
import { type GoogleAddress, googleAddress } from '../../core/google-address.ts'
import { whyNoAnswer } from '../../core/no-answer.ts'
import type { GoogleCredentials } from './google-credentials.ts'
import { GoogleFailure, refusalAsFailure } from './google-failure.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * A call to one of Google's REST APIs: what was answered, whatever its status. Throws a `GoogleFailure` when there are no
 * credentials or no answer.
 */
export type GoogleApi = (method: Method, url: string, options?: GoogleCall) => Promise<GoogleAnswer>

export interface GoogleCall {
  /** JSON; bytes go as they are. */
  readonly body?: unknown
  /** Ends the call, its repetitions included. */
  readonly signal?: AbortSignal
  /** Whether it may happen twice, and so is sent again when Google is busy or silent. By default all but a POST may. */
  readonly repeatable?: boolean
}

export interface GoogleAnswer {
  readonly status: number
  /** The JSON of the body, empty where it is none. */
  readonly body: Readonly<Record<string, unknown>>
  /** The body as it came. */
  readonly text: string
  /** What the answer means for people if it is an error: `failure()` makes it. */
  readonly error: string
  failure(): GoogleFailure
}

/** Milliseconds: for one try, and before the second one at most; each pause is twice as long as the last. */
const timeout = 30_000
const firstPause = 300
const tries = 5

const busy = new Set([429, 500, 502, 503, 504])

export interface GoogleApiOptions {
  readonly credentials: GoogleCredentials
  /** Id of the Google Cloud project, for what is told of errors. */
  readonly project: string
  readonly addressOf?: GoogleAddress
  /** Milliseconds to wait at most before a second try. */
  readonly pause?: number
}

/** Google's REST APIs, asked as the given credentials. No error holds a token or what was sent. */
export function googleApi(options: GoogleApiOptions): GoogleApi {
  const { credentials, project, addressOf = googleAddress(undefined), pause: first = firstPause } = options

  async function once(method: Method, url: string, body: unknown, signal: AbortSignal | undefined): Promise<Answered> {
    const { host } = new URL(url)
    const headers = await credentials.headers()
    const isFile = typeof body === 'string' || body instanceof Uint8Array
    try {
      const answer = await fetch(addressOf(url), {
        method,
        headers: {
          ...headers,
          ...(body !== undefined && { 'content-type': isFile ? 'application/octet-stream' : 'application/json' }),
        },
        ...(body !== undefined && { body: isFile ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
        signal: AbortSignal.any([AbortSignal.timeout(timeout), ...(signal === undefined ? [] : [signal])]),
      })
      return asAnswer(answer, await answer.text(), { host, project })
    } catch (error) {
      signal?.throwIfAborted()
      throw new GoogleFailure('network', `${host} gave no answer (${whyNoAnswer(error)}): check the network`)
    }
  }

  return async (method, url, { body, signal, repeatable = method !== 'POST' } = {}) => {
    for (let left = tries - 1, pause = first; ; left--, pause *= 2) {
      let wait: number | undefined
      try {
        const answer = await once(method, url, body, signal)
        // What is refused for being too much has not been done.
        const again = repeatable ? busy.has(answer.status) : answer.status === 429
        if (!again || left === 0) return answer
        wait = answer.retryAfter
      } catch (error) {
        const silent = error instanceof GoogleFailure && error.reason === 'network'
        if (!silent || !repeatable || left === 0) throw error
      }
      await sleep(Math.max(wait ?? 0, pause * (0.5 + Math.random() / 2)), undefined, { signal })
    }
  }
}

interface Answered extends GoogleAnswer {
  /** Milliseconds, a minute at most. */
  readonly retryAfter?: number
}

function asAnswer(answer: Response, text: string, about: { host: string; project: string }): Answered {
  const { status } = answer
  const body = parse(text)
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  const failure = () => refusalAsFailure({ status, body, ...about })
  return {
    status,
    body,
    text,
    get error() {
      return failure().message
    },
    failure,
    ...(seconds > 0 && { retryAfter: Math.min(seconds, 60) * 1000 }),
  }
}

/**
 * The JSON of an answer; nothing for one of `absent`, by default 404. Throws a `GoogleFailure` for any other error.
 */
export async function answered(
  asked: Promise<GoogleAnswer>,
  absent: readonly number[] = [404],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const answer = await asked
  if (answer.status < 300) return answer.body
  if (absent.includes(answer.status)) return undefined
  throw answer.failure()
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
