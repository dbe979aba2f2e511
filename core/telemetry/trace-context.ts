/** Where a span stands: W3C Trace Context, level 1, always of a trace that is recorded. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
}

type Random = (bytes: number) => Uint8Array

/** Reads a `traceparent`; nothing if it is none, or of a trace that nobody records. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId) || (Number.parseInt(flags, 16) & 1) === 0) return undefined
  return { traceId, spanId }
}

export const traceparentOf = ({ traceId, spanId }: TraceContext): string => `00-${traceId}-${spanId}-01`

/** A new place within a trace: below `parent`, or at the top of a trace of its own. */
export const newContext = (random: Random, parent?: TraceContext): TraceContext => ({
  traceId: parent?.traceId ?? hex(random, 16),
  spanId: hex(random, 8),
})

/** Whether a new trace is recorded, at a rate from 0 to 1. */
export const isSampled = (rate: number, random: Random): boolean =>
  rate >= 1 || (rate > 0 && Buffer.from(random(4)).readUInt32BE() / 2 ** 32 < rate)

const hex = (random: Random, bytes: number): string => Buffer.from(random(bytes)).toString('hex')
