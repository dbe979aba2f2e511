import { type ControlPlane, controlPlane } from '../../core/scheduler/control-plane.ts'
import type { Launcher } from '../../core/scheduler/launcher.ts'
import type { Trigger } from '../../core/scheduler/run.ts'
import type { World } from '../../core/scheduler/world.ts'
import type { Attributes } from '../../core/telemetry/otlp.ts'
import { parseTraceparent, traceparentOf } from '../../core/telemetry/trace-context.ts'
import type { Span, Tracer } from '../../core/telemetry/tracer.ts'

/**
 * The commands of a host, and a trace of each event that becomes a run: its beginning here, the launch below it, and what the
 * container adds, which is handed its place at the claim. Without a tracer these are the commands alone.
 */
export function tracedPlane(world: World, tracer: Tracer | undefined): ControlPlane {
  if (tracer === undefined) return controlPlane(world)
  const plane = controlPlane({ ...world, launcher: tracedLauncher(world.launcher, tracer) })
  return {
    ...plane,
    trigger(order) {
      const { agent, trigger } = order
      const span = tracer.begin({ name: nameOf(trigger), kind: 'server', attributes: about(agent, trigger) })
      return within(span, (trace) => plane.trigger({ ...order, trace }))
    },
    tick(agent, at) {
      const attributes = { 'al.agent': agent, 'al.trigger': 'tick' }
      const span = tracer.begin({ name: `tick ${agent}`, kind: 'consumer', attributes })
      return within(span, (trace) => plane.tick(agent, at, trace))
    },
    retry(ref) {
      const attributes = { 'al.agent': ref.agent, 'al.trigger': 'retry' }
      const span = tracer.begin({ name: `retry ${ref.agent}`, kind: 'server', attributes })
      return within(span, (trace) => plane.retry(ref, trace))
    },
    createCall(session, request) {
      // The caller's own trace, if it is recorded, and none otherwise: what is sampled is a chain, not each link of it.
      const parent = parseTraceparent(request.trace)
      const attributes = { 'al.agent': request.target, 'al.trigger': 'call', 'al.caller': session.agent }
      const span = parent && tracer.below(parent, { name: `call ${session.agent}`, kind: 'server', attributes })
      return within(span, (trace) => plane.createCall(session, { ...request, trace }))
    },
  }
}

/** Does the work with the place of the span. One that led to no run, as most ticks of a busy agent, is not kept. */
async function within<Answer extends { readonly kind: string }>(
  span: Span | undefined,
  work: (trace: string | undefined) => Promise<Answer>,
): Promise<Answer> {
  try {
    const answer = await work(span && traceparentOf(span))
    const { kind, run, call, why } = answer as { kind: string; run?: unknown; call?: unknown; why?: unknown }
    const made = kind === 'started' || kind === 'queued' || kind === 'called'
    if (made) span?.end({ 'al.result': kind, 'al.run': textOf(run ?? call) })
    else if (kind === 'refused') span?.end({ 'al.result': kind, 'error.type': textOf(why) }, true)
    return answer
  } catch (error) {
    span?.end({ 'error.type': error instanceof Error ? error.name : 'unknown' }, true)
    throw error
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const nameOf = (trigger: Trigger): string => (trigger.kind === 'webhook' ? `webhook ${trigger.source}` : trigger.kind)

const about = (agent: string, trigger: Trigger): Attributes => ({
  'al.agent': agent,
  'al.trigger': trigger.kind,
  ...(trigger.kind === 'webhook' && { 'al.webhook.source': trigger.source, 'al.webhook.event': trigger.event }),
})

function tracedLauncher(launcher: Launcher, tracer: Tracer): Launcher {
  return {
    ...launcher,
    async launch(order) {
      const parent = parseTraceparent(order.trace)
      const { agent, run, attempt } = order
      const attributes = { 'al.agent': agent.name, 'al.run': run, 'al.attempt': attempt, 'al.compute': agent.compute }
      const span = parent && tracer.below(parent, { name: `launch ${agent.name}`, kind: 'client', attributes })
      try {
        const answer = await launcher.launch(order)
        span?.end({ 'al.result': answer.kind }, answer.kind !== 'started')
        return answer
      } catch (error) {
        span?.end({ 'error.type': error instanceof Error ? error.name : 'unknown' }, true)
        throw error
      }
    },
  }
}
