import type { Decisions } from '../../core/plan/decisions.ts'
import type { World } from '../../core/scheduler/world.ts'
import { resolvedHeaders } from '../../core/telemetry/headers.ts'
import { type Tracer, tracer } from '../../core/telemetry/tracer.ts'
import type { SecretReader } from '../gateway/options.ts'

/**
 * The tracer of a control plane; nothing if the project wants no traces, or names no collector. The secrets of its headers are
 * read when there is something to send. `sendAfter` is for a host that goes on by itself, in milliseconds.
 */
export function controlTracer(
  { telemetry, project, environment, secrets: known }: Decisions,
  { log, clock, random }: Pick<World, 'log' | 'clock' | 'random'>,
  secrets: Pick<SecretReader, 'read'>,
  sendAfter?: number,
): Tracer | undefined {
  if (telemetry?.provider !== 'otel' || telemetry.endpoint === undefined) return undefined
  const lookUp = async ({ type, instance, field }: { type: string; instance: string; field: string }) => {
    const secret = known.find((one) => one.type === type && one.instance === instance && one.field === field)
    return secret && (await secrets.read(secret.id))
  }
  return tracer({
    telemetry,
    service: {
      'service.namespace': project,
      'deployment.environment.name': environment,
      'al.component': 'control-plane',
    },
    headers: () => resolvedHeaders(telemetry.headers, lookUp),
    log,
    random,
    now: () => clock.now(),
    // Not before there is something to send: the first mention of it loads a good deal.
    fetch: (...request) => fetch(...request),
    ...(sendAfter !== undefined && { sendAfter }),
  })
}
