import { CfnRule } from 'aws-cdk-lib/aws-events'
import { CfnEventInvokeConfig, type CfnFunction, CfnPermission } from 'aws-cdk-lib/aws-lambda'
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { schedulesRoleName } from '../../../core/plan/names.ts'
import type { Plan } from '../../../core/plan/schema.ts'
import { arn, schedulesPermissions } from '../../../core/plan/targets/aws-permissions.ts'
import { arnOf, role, trustFrom } from './policy.ts'
import { scheduleTarget } from './schedule-target.ts'

/** What wakes the scheduler function: the schedules of agents (in their own stacks), the sweep, and tasks that ended. */
export class Scheduling extends Construct {
  constructor(scope: Construct, plan: Plan, scheduler: CfnFunction, deadLetters: string) {
    super(scope, 'Scheduling')
    const { prefix, rolePath } = plan.names
    new CfnEventInvokeConfig(this, 'Failures', {
      functionName: scheduler.ref,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 300,
      destinationConfig: { onFailure: { destination: deadLetters } },
    })
    const group = new CfnScheduleGroup(this, 'Group', { name: prefix })
    const invoker = role(this, 'Invoker', {
      roleName: schedulesRoleName(prefix),
      path: rolePath,
      description: 'Lets the schedules of this project call its scheduler',
      trust: trustFrom('scheduler.amazonaws.com', arn('scheduler', `schedule-group/${prefix}`)),
      permissions: schedulesPermissions(plan.names),
    })
    const sweep = new CfnSchedule(this, 'Sweep', {
      name: '_sweep',
      groupName: prefix,
      description: 'Once a minute: ends what died, starts what waits',
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      // The next one comes in a minute anyway.
      target: {
        ...scheduleTarget(plan),
        input: JSON.stringify({ kind: 'sweep' }),
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    })
    for (const needed of [group, invoker, scheduler]) sweep.addResourceDependency(needed)
    if (plan.cluster !== undefined) watchTasks(this, plan, plan.cluster.name, scheduler, deadLetters)
  }
}

/** Tells the scheduler at once when a task of this project has stopped; the sweep would notice in time as well. */
function watchTasks(scope: Construct, plan: Plan, cluster: string, scheduler: CfnFunction, deadLetters: string): void {
  const rule = new CfnRule(scope, 'TaskStopped', {
    name: `${plan.names.prefix}-task-stopped`,
    description: 'Tasks of this project that have stopped',
    eventPattern: {
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: {
        lastStatus: ['STOPPED'],
        clusterArn: [arnOf('ecs', `cluster/${cluster}`)],
        taskDefinitionArn: [{ prefix: arnOf('ecs', `task-definition/${plan.names.prefix}_`) }],
      },
    },
    targets: [
      {
        id: 'scheduler',
        arn: scheduler.attrArn,
        deadLetterConfig: { arn: deadLetters },
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
      },
    ],
  })
  new CfnPermission(scope, 'TaskStoppedInvoke', {
    action: 'lambda:InvokeFunction',
    functionName: scheduler.ref,
    principal: 'events.amazonaws.com',
    sourceArn: rule.attrArn,
  })
}
