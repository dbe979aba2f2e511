import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { CfnCluster } from 'aws-cdk-lib/aws-ecs'
import type { Construct } from 'constructs'
import type { Plan } from '../../../core/plan/schema.ts'
import { Alarms } from '../constructs/alarms.ts'
import { dashboard } from '../constructs/dashboard.ts'
import { DeadLetters } from '../constructs/dead-letters.ts'
import { GatewayApi } from '../constructs/gateway-api.ts'
import { ImageBuilder } from '../constructs/image-builder.ts'
import { taskNetwork } from '../constructs/network.ts'
import { Scheduling } from '../constructs/scheduling.ts'
import { ServiceFunction } from '../constructs/service-function.ts'
import { stateTable } from '../constructs/state-table.ts'

export interface FunctionCode {
  readonly s3Bucket: string
  readonly s3Key: string
}

export interface ControlStackProps extends StackProps {
  readonly plan: Plan
  readonly code: (stack: Stack) => { readonly gateway: FunctionCode; readonly scheduler: FunctionCode }
}

/** What a project has once: the table, the gateway behind its API, the scheduler, and a network if tasks need one. */
export class ControlStack extends Stack {
  constructor(scope: Construct, id: string, { plan, code, ...props }: ControlStackProps) {
    super(scope, id, props)
    const assets = code(this)
    const table = stateTable(this, plan)
    const deadLetters = new DeadLetters(this, plan)
    const api = new GatewayApi(this, plan)

    const { cluster } = plan
    if (cluster !== undefined && !cluster.given) new CfnCluster(this, 'Cluster', { clusterName: cluster.name })
    const network = taskNetwork(this, plan)
    const environment = {
      AL_TABLE: table.ref,
      AL_GATEWAY_URL: api.url,
      ...(cluster && { AL_CLUSTER: cluster.name }),
      ...(network && { AL_SUBNETS: network.subnets }),
      ...(network?.securityGroups && { AL_SECURITY_GROUPS: network.securityGroups }),
    }
    const gateway = new ServiceFunction(this, 'Gateway', {
      plan,
      name: plan.names.gateway,
      description: `Gateway of ${plan.project} (${plan.environment}): webhooks, locks, calls, control`,
      permissions: plan.gateway.permissions,
      code: assets.gateway,
      environment,
    })
    api.serve(gateway.resource, plan)
    const scheduler = new ServiceFunction(this, 'Scheduler', {
      plan,
      name: plan.names.scheduler,
      description: `Scheduler of ${plan.project} (${plan.environment}): ticks, sweep, ends of tasks`,
      permissions: plan.scheduler.permissions,
      code: assets.scheduler,
      environment,
    })
    new Scheduling(this, plan, scheduler.resource, deadLetters.arn)
    if (plan.builder !== undefined) new ImageBuilder(this, plan, plan.builder)

    const { alarmEmail } = plan.target
    if (alarmEmail !== undefined) new Alarms(this, plan, alarmEmail)
    if (plan.target.dashboard) dashboard(this, plan, api.id)

    new CfnOutput(this, 'GatewayUrl', {
      value: api.url,
      description: 'Base URL of the gateway; webhooks go to /webhooks/<source>',
    })
  }
}
