import { controlPlane } from '../../core/scheduler/control-plane.ts'
import { lambdaStamp, stdoutLog } from '../cloud/json-log.ts'
import type { Environment } from '../cloud/settings.ts'
import { awsWorld } from './aws-world.ts'
import { readDeployment } from './deployment.ts'
import { handleSchedulerEvent, type SchedulerOptions } from './handle-scheduler-event.ts'

/**
 * The scheduler of the plan in a directory; the environment names the table and the rest. Reads files only: the clients
 * are made when the first event comes. Throws if the deployment is incomplete.
 */
export async function mountScheduler(directory: string, env: Environment): Promise<(event: unknown) => Promise<void>> {
  const deployment = await readDeployment(directory, env)
  const log = stdoutLog(lambdaStamp(), env.AL_LOG_LEVEL)
  let options: SchedulerOptions | undefined
  return async (event) => {
    if (options === undefined) {
      const world = awsWorld(deployment, log)
      options = { plane: controlPlane(world), agents: deployment.decisions.agents, clock: world.clock, log }
    }
    await handleSchedulerEvent(options, event)
  }
}
