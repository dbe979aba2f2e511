import type { Plan } from '../plan/schema.ts'
import type { Log } from '../scheduler/world.ts'
import { type Attributes, type FinishedSpan, otlpBody, type SpanKind, tracesUrl } from './otlp.ts'
import { isSampled, newContext, type TraceContext } from './trace-context.ts'

export type Telemetry = NonNullable<Plan['telemetry']>

/** What a tracer is made of. */
export interface TracerOptions {
  readonly telemetry: Pick<Telemetry, 'endpoint' | 'serviceName' | 'samplingRate'>
  /** What sends the spans. */
  readonly service: Attributes
  /** The headers of an export, with the secrets in them. A failure is logged, and nothing is sent. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>
  readonly log: Log
  readonly random: (bytes: number) => Uint8Array
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly fetch: typeof fetch
  /** Milliseconds after a span's end until it is sent, where a process goes on by itself. Absent: only `flush` sends. */
  readonly sendAfter?: number
}

export interface Span extends TraceContext {
  /** Ends it, once; later calls do nothing. */
  end(attributes?: Attributes, failed?: boolean): void
}

export interface NewSpan {
  readonly name: string
  readonly kind?: SpanKind
  readonly attributes?: Attributes
  /** Epoch milliseconds; by default now. */
  readonly start?: number
}

export interface Tracer {
  /** Begins a span below another one. */
  below(parent: TraceContext, span: NewSpan): Span
  /** Begins a trace; nothing if this one is not recorded. */
  begin(span: NewSpan): Span | undefined
  /** Sends what has ended so far. Resolves within `longestExport`, and never rejects. */
  flush(): Promise<void>
}

/** Milliseconds for which an export may hold up whoever waits for it. */
const longestExport = 1000
/** Milliseconds for which nothing is sent after an export has failed: a collector that hangs costs one request a second, not each. */
const restAfterFailure = 60_000
/** Spans that are kept until they are sent; a session that never stops does not fill the memory. */
const mostSpans = 2000

/**
 * Records spans and sends them to a collector, by OTLP over HTTP as JSON. This is all there is of OpenTelemetry: a
 * function pays for what it loads at every start. Nothing in here can fail or hold up what is traced. What goes into attributes
 * are names and numbers: no prompt, no output, no secret.
 */
export function tracer(options: TracerOptions): Tracer {
  const { telemetry, log, random, now } = options
  let ended: FinishedSpan[] = []
  let resting = Number.NEGATIVE_INFINITY
  let complained = false
  let due: NodeJS.Timeout | undefined

  const open = (
    context: TraceContext,
    { name, kind = 'internal', attributes, start = now() }: NewSpan,
    parent?: TraceContext,
  ): Span => {
    let isOpen = true
    return {
      ...context,
      end(more, failed = false) {
        if (!isOpen || ended.length >= mostSpans) return
        isOpen = false
        const of = parent === undefined ? {} : { parentSpanId: parent.spanId }
        const times = { start, end: Math.max(start, now()) }
        ended.push({ ...context, ...of, name, kind, ...times, attributes: { ...attributes, ...more }, failed })
        if (options.sendAfter !== undefined) due ??= setTimeout(() => void flush(), options.sendAfter).unref()
      },
    }
  }

  async function send(endpoint: string, spans: readonly FinishedSpan[]): Promise<void> {
    const signal = AbortSignal.timeout(longestExport)
    // A secret store that hangs counts like a collector that does.
    const headers = await Promise.race([options.headers(), rejection(signal)])
    const { fetch } = options
    const response = await fetch(tracesUrl(endpoint), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: otlpBody({ 'service.name': telemetry.serviceName, ...options.service }, spans),
      // Whoever answers elsewhere does not get the headers.
      redirect: 'error',
      signal,
    })
    await response.body?.cancel()
    if (!response.ok) throw new ExportProblem(`the collector answered ${response.status}`)
  }

  async function flush(): Promise<void> {
    clearTimeout(due)
    due = undefined
    const spans = ended
    ended = []
    if (spans.length === 0 || telemetry.endpoint === undefined || now() - resting < restAfterFailure) return
    try {
      await send(telemetry.endpoint, spans)
    } catch (error) {
      resting = now()
      if (complained) return
      complained = true
      log('warn', 'traces could not be exported, and nothing else suffers from it', { error: reasonOf(error) })
    }
  }

  return {
    below: (parent, span) => open(newContext(random, parent), span, parent),
    begin: (span) => (isSampled(telemetry.samplingRate ?? 1, random) ? open(newContext(random), span) : undefined),
    flush,
  }
}

/** Why nothing could be exported, in words that quote nothing. */
export class ExportProblem extends Error {
  override readonly name = 'ExportProblem'
}

const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

/** Neither the address nor a header: either may hold a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return `no answer within ${longestExport} ms`
  const { cause } = error
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  if (code !== undefined) return code
  return error instanceof ExportProblem ? error.message : error.name
}
