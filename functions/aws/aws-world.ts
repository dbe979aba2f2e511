import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, rulesOf, type World } from '../../core/scheduler/world.ts'
import { clientSettings } from '../launchers/aws-requests.ts'
import { byCompute, type Launchers } from '../launchers/by-compute.ts'
import { dynamoDbStore } from '../stores/dynamodb.ts'
import type { Deployment } from './deployment.ts'

/** The world of the functions on AWS: the project's table, and its functions and tasks. Nothing is asked for yet. */
export function awsWorld(deployment: Deployment, log: Log): World {
  return {
    store: dynamoDbStore({ table: deployment.table }),
    launcher: byCompute(launchersOf(deployment)),
    rules: rulesOf(deployment.decisions),
    clock: { now: Date.now, sleep: (ms) => sleep(ms) },
    random: randomBytes,
    log,
  }
}

/** Their code is part of the bundle, but it runs, and makes its client, only when something is to be started or stopped. */
function launchersOf({ decisions, gatewayUrl, tasks }: Deployment): Launchers {
  const { prefix } = decisions.names
  return {
    async lambda() {
      const [{ LambdaClient }, { lambdaLauncher }] = await Promise.all([
        import('@aws-sdk/client-lambda'),
        import('../launchers/lambda.ts'),
      ])
      return lambdaLauncher({ client: new LambdaClient(clientSettings), gatewayUrl })
    },
    ...(tasks && {
      async fargate() {
        const [{ ECSClient }, { fargateLauncher }] = await Promise.all([
          import('@aws-sdk/client-ecs'),
          import('../launchers/fargate.ts'),
        ])
        const client = new ECSClient(clientSettings)
        // A cluster of another name was given to us, and others may use it.
        const families = tasks.cluster === prefix ? undefined : familiesOf(decisions)
        return fargateLauncher({ ...tasks, client, gatewayUrl, stack: prefix, families })
      },
    }),
  }
}

const familiesOf = ({ agents }: Deployment['decisions']): string[] =>
  agents.filter(({ compute }) => compute === 'fargate').map(({ resource }) => resource)
