import * as z from 'zod'
import { largestPayload } from '../../core/scheduler/payload.ts'

/** What a route answers, before it is a response. */
export interface Answer {
  readonly status: number
  /** Sent as JSON; bytes as they are, with a `content-type` among the headers. */
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** What is not told to the sender, but written to the request's line in the log. */
  readonly detail?: string
  /** Requests without proof that a refusal counts as; 1 when absent. */
  readonly weight?: number
}

export const ok = (body: unknown): Answer => ({ status: 200, body })

export const refused = (status: number, error: string, headers?: Answer['headers']): Answer => ({
  status,
  body: { error },
  ...(headers && { headers }),
})

/** Try again after so many seconds. */
export const later = (seconds: number): Answer['headers'] => ({ 'retry-after': String(seconds) })

/** Of the routes that the commands in the container use: their words, which scripts compare. */
export const invalidSecret = (): Answer => refused(403, 'invalid secret')

/** The answer to a text that is over the limit of contexts and results; nothing if it is within. */
export function tooLong(what: string, text: string): Answer | undefined {
  const bytes = Buffer.byteLength(text)
  if (bytes <= largestPayload) return undefined
  return refused(413, `the ${what} has ${bytes} bytes: at most ${largestPayload} (256 KiB) are taken`)
}

export const errorShape = z.object({ error: z.string() })
/** Of calls and locks: the caller's request was understood, and is refused. */
export const reasonShape = z.object({ ok: z.literal(false), reason: z.string() })
export const okShape = z.object({ ok: z.literal(true) })
/** Of the control routes. */
export const doneShape = z.object({ success: z.literal(true), message: z.string() })
