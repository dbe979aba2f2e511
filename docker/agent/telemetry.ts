import { randomBytes } from 'node:crypto'
import type { Finish } from '../../core/scheduler/finish.ts'
import type { Log } from '../../core/scheduler/world.ts'
import { resolvedHeaders } from '../../core/telemetry/headers.ts'
import { parseTraceparent, traceparentOf } from '../../core/telemetry/trace-context.ts'
import { type NewSpan, type Span, tracer } from '../../core/telemetry/tracer.ts'
import type { Credential } from './credentials/credential.ts'
import type { Claim } from './gateway-client.ts'

/** Where a run's work leaves its spans, if its trace is recorded; else nothing of it does anything. */
export interface RunTrace {
  /** The place of the run, for its tools and whom it calls. */
  readonly traceparent?: string
  /** Begins a span below the run's. */
  begin(span: NewSpan): Pick<Span, 'end'>
  /** A span around some work, failed if that fails; of an error its kind is told and not its words. */
  around<Result>(span: NewSpan, work: () => Promise<Result>): Promise<Result>
  /** From now on the headers of exports can be filled in. */
  authorize(credentials: readonly Credential[]): void
  /** The run has ended. */
  end(finish: Finish | undefined): void
  /** Sends what is left, within a second. Never rejects. */
  flush(): Promise<void>
}

export const untraced: RunTrace = {
  begin: () => ({ end() {} }),
  around: (_, work) => work(),
  authorize() {},
  end() {},
  flush: async () => {},
}

/** Milliseconds until spans are sent while a run goes on, so that one that is lost has left some. */
const sendAfter = 5000

/**
 * The trace of a claimed run, as part of that of the event that made it. `claimedAt` is a moment of `performance.now()`.
 */
export function runTrace(claim: Claim, attempt: number, claimedAt: number, log: Log): RunTrace {
  const parent = parseTraceparent(claim.traceparent)
  const { telemetry, agent, config } = claim
  if (parent === undefined || telemetry === undefined) return untraced
  let known: readonly Credential[] = []
  const { headers, project, environment, ...where } = telemetry
  const traces = tracer({
    telemetry: where,
    service: { 'service.namespace': project, 'deployment.environment.name': environment, 'al.component': 'agent' },
    headers: () =>
      resolvedHeaders(
        headers,
        ({ type, instance, field }) =>
          known.find((one) => one.type === type && one.instance === instance && one.field === field)?.value,
      ),
    log,
    random: randomBytes,
    now: () => performance.timeOrigin + performance.now(),
    fetch,
    sendAfter,
  })
  const run = traces.below(parent, {
    name: `run ${agent}`,
    kind: 'consumer',
    start: performance.timeOrigin + claimedAt,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': agent,
      'gen_ai.request.model': config.model.model,
      'al.agent': agent,
      'al.run': claim.run,
      'al.trigger': claim.trigger.kind,
      'al.rerun': claim.rerun,
      'al.attempt': attempt,
    },
  })
  const begin = (span: NewSpan) => traces.below(run, span)
  return {
    traceparent: traceparentOf(run),
    begin,
    async around(span, work) {
      const { end } = begin(span)
      try {
        const result = await work()
        end()
        return result
      } catch (error) {
        end({ 'error.type': error instanceof Error ? error.name : 'unknown' }, true)
        throw error
      }
    },
    authorize(credentials) {
      known = credentials
    },
    end(finish) {
      const { outcome = 'lost', code, usage } = finish ?? {}
      const fine = outcome === 'completed' || outcome === 'rerun'
      const total = usage && {
        'gen_ai.usage.input_tokens': usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
        'gen_ai.usage.output_tokens': usage.outputTokens,
        'al.cost.usd': usage.cost,
        'al.turns': usage.turnCount,
      }
      run.end({ 'al.outcome': outcome, 'al.exit_code': code, ...total, ...(!fine && { 'error.type': outcome }) }, !fine)
    },
    flush: () => traces.flush(),
  }
}
