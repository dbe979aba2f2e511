import type { TraceContext } from './trace-context.ts'

type Value = string | number | boolean | readonly string[]
export type Attributes = Readonly<Record<string, Value | undefined>>

export interface FinishedSpan extends TraceContext {
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: SpanKind
  /** Epoch milliseconds, with fractions. */
  readonly start: number
  readonly end: number
  readonly attributes: Attributes
  readonly failed: boolean
}

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/**
 * Spans as the JSON of an OTLP export request. Ids are hex there, times and whole numbers are texts.
 * Format: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function otlpBody(resource: Attributes, spans: readonly FinishedSpan[]): string {
  const scopeSpans = [{ scope: { name: 'action-llama' }, spans: spans.map(encoded) }]
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: listOf(resource) }, scopeSpans }] })
}

/** Where spans go: the path of traces is added to an address that does not name it. */
export const tracesUrl = (endpoint: string): string =>
  /\/v1\/traces\/?$/.test(endpoint) ? endpoint : `${endpoint.replace(/\/+$/, '')}/v1/traces`

const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }

const encoded = ({ kind, start, end, attributes, failed, ...span }: FinishedSpan) => ({
  ...span,
  kind: kinds[kind],
  startTimeUnixNano: nanoseconds(start),
  endTimeUnixNano: nanoseconds(end),
  attributes: listOf(attributes),
  status: { code: failed ? 2 : 0 },
})

/** As a text: nanoseconds since 1970 are more than a number holds. */
const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n)

const listOf = (attributes: Attributes) =>
  Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: encode(value) }]))

function encode(value: Value): Readonly<Record<string, unknown>> {
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'object') return { arrayValue: { values: value.map(encode) } }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
