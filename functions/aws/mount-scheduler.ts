import { controlPlane } from '../../core/scheduler/control-plane.ts'
import { awsWorld } from './aws-world.ts'
import { type Environment, readDeployment } from './deployment.ts'
import { handleSchedulerEvent, type SchedulerOptions } from './handle-scheduler-event.ts'
import { stdoutLog } from './json-log.ts'

/**
 * The scheduler of the plan in a directory; the environment names the table and the rest. Reads files only: the clients
 * are made when the first event comes. Throws if the deployment is incomplete.
 */
export async function mountScheduler(directory: string, env: Environment): Promise<(event: unknown) => Promise<void>> {
  const deployment = await readDeployment(directory, env)
  const log = stdoutLog(env)
  let options: SchedulerOptions | undefined
  return async (event) => {
    if (options === undefined) {
      const world = awsWorld(deployment, log)
      options = { plane: controlPlane(world), agents: deployment.decisions.agents, clock: world.clock, log }
    }
    await handleSchedulerEvent(options, event)
  }
}
