import type { Tracer } from '../../core/telemetry/tracer.ts'
import { lambdaStamp, stdoutLog } from '../cloud/json-log.ts'
import type { Environment } from '../cloud/settings.ts'
import { controlTracer } from '../telemetry/control-tracer.ts'
import { embeddedMetrics } from '../telemetry/embedded-metrics.ts'
import { tracedPlane } from '../telemetry/traced-plane.ts'
import { awsWorld } from './aws-world.ts'
import { readDeployment } from './deployment.ts'
import { handleSchedulerEvent, type SchedulerOptions } from './handle-scheduler-event.ts'
import { secretReader } from './secret-reader.ts'

/**
 * The scheduler of the plan in a directory; the environment names the table and the rest. Reads files only: the clients
 * are made when the first event comes. Throws if the deployment is incomplete.
 */
export async function mountScheduler(directory: string, env: Environment): Promise<(event: unknown) => Promise<void>> {
  const deployment = await readDeployment(directory, env)
  const log = stdoutLog(lambdaStamp(), env.AL_LOG_LEVEL, embeddedMetrics(deployment.decisions))
  let mounted: { readonly options: SchedulerOptions; readonly tracer: Tracer | undefined } | undefined
  return async (event) => {
    if (mounted === undefined) {
      const { decisions } = deployment
      const world = awsWorld(deployment, log)
      const tracer = controlTracer(decisions, world, secretReader(decisions, world))
      const options = { plane: tracedPlane(world, tracer), agents: decisions.agents, clock: world.clock, log }
      mounted = { options, tracer }
    }
    try {
      await handleSchedulerEvent(mounted.options, event)
    } finally {
      await mounted.tracer?.flush()
    }
  }
}
