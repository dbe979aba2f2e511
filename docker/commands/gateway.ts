import type { ClientRequest } from 'node:http'
import { parseTraceparent, traceparentOf } from '../../core/telemetry/trace-context.ts'
import { exitOf, exits } from './exit-codes.ts'

/** Milliseconds until a connection stands, and until a request is answered in full. */
export const limits = { connect: 5_000, total: 10_000 } as const

export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: `/${string}`
  /** Sent as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds for all of it, if less than `limits.total`. */
  readonly within?: number
}

export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  /** Nobody was there, or the connection broke; `cause` is Node's code. The request may have arrived all the same. */
  | { readonly kind: 'lost'; readonly cause: string }
  | { readonly kind: 'late' }
  /** Nothing was sent: what the environment says cannot be used. */
  | { readonly kind: 'unusable'; readonly exit: number; readonly why: string }

export type Ask = (question: Question) => Promise<Answer>

/**
 * How to ask the run's gateway; nothing if the run has none (`GATEWAY_URL` is empty). The secret goes into the
 * `Authorization` header and nowhere else. Asking never throws.
 */
export function gatewayOf(environment: Readonly<Record<string, string | undefined>>): Ask | undefined {
  const { GATEWAY_URL: given = '', SHUTDOWN_SECRET: secret = '', TRACEPARENT } = environment
  if (given === '') return undefined
  const base = URL.canParse(given) ? new URL(given) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    return async () => ({ kind: 'unusable', exit: exits.unreachable, why: 'GATEWAY_URL is no http or https address' })
  }
  // A header takes nothing else; what an error of Node's would say of it is not for the output.
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    return async () => ({
      kind: 'unusable',
      exit: exits.auth,
      why: 'SHUTDOWN_SECRET is not set, or no secret of a run',
    })
  }
  const trace = parseTraceparent(TRACEPARENT)
  const headers = trace && { traceparent: traceparentOf(trace) }
  return (question) => ask(base, secret, { ...question, headers: { ...question.headers, ...headers } })
}

function ask(base: URL, secret: string, { method, path, body, headers, within }: Question): Promise<Answer> {
  return new Promise((resolve) => {
    // Imported the usual way, `node:http` loads all of `fetch` for the sake of its list of exports: twice the start time.
    const { request } = process.getBuiltinModule(base.protocol === 'https:' ? 'node:https' : 'node:http')
    const text = body === undefined ? undefined : JSON.stringify(body)
    const sent: ClientRequest = request(`${base.origin}${base.pathname.replace(/\/+$/, '')}${path}`, {
      method,
      agent: false,
      headers: {
        ...headers,
        authorization: `Bearer ${secret}`,
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
    })
    const end = (answer: Answer) => {
      clearTimeout(connecting)
      clearTimeout(total)
      resolve(answer)
      sent.destroy()
    }
    const late = () => end({ kind: 'late' })
    const lost = ({ code = 'error' }: NodeJS.ErrnoException) => end({ kind: 'lost', cause: code })
    const total = setTimeout(late, Math.min(within ?? limits.total, limits.total))
    const connecting = setTimeout(late, limits.connect)
    const connected = base.protocol === 'https:' ? 'secureConnect' : 'connect'
    sent.on('socket', (socket) => socket.once(connected, () => clearTimeout(connecting)))
    sent.on('error', lost)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', lost)
      response.on('end', () => {
        end({ kind: 'answered', status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      })
    })
    sent.end(text)
  })
}

/** The exit code an answer ends a command with. Success in other words than JSON comes from something in between. */
export function exitOfAnswer(answer: Answer): number {
  if (answer.kind === 'unusable') return answer.exit
  if (answer.kind !== 'answered') return exits.unreachable
  const exit = exitOf(answer.status)
  return exit === exits.done && !isEmpty(answer) && parsed(answer.text) === undefined ? exits.unexpected : exit
}

/** One line of JSON, whatever was answered: the gateway's own words where they are JSON. */
export function printedAnswer(answer: Answer): string {
  if (answer.kind === 'unusable') return JSON.stringify({ ok: false, error: answer.why })
  if (answer.kind !== 'answered') {
    const cause = answer.kind === 'lost' ? answer.cause : 'timeout'
    return JSON.stringify({ ok: false, reason: 'gateway unreachable', cause })
  }
  if (parsed(answer.text) !== undefined) return answer.text.trim().replaceAll(/[\r\n]+/g, ' ')
  if (exitOfAnswer(answer) === exits.done) return JSON.stringify({ ok: true })
  return JSON.stringify({ ok: false, error: `the gateway answered ${answer.status}, not in JSON` })
}

const isEmpty = ({ text }: { readonly text: string }): boolean => text.trim() === ''

/** The value of a JSON text; nothing if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
