import { Aws } from 'aws-cdk-lib'
import { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs'
import type { CfnRole } from 'aws-cdk-lib/aws-iam'
import { CfnEventInvokeConfig, CfnFunction } from 'aws-cdk-lib/aws-lambda'
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import type { Plan, PlannedAgent } from '../../../core/plan/schema.ts'
import { arn } from '../../../core/plan/targets/aws-permissions.ts'
import { agentContainer } from '../../../core/scheduler/start-message.ts'
import { logGroup } from './log-group.ts'
import { role, type Trust, trustFrom } from './policy.ts'
import type { ScheduleTarget } from './schedule-target.ts'

/** A tick is tried again for as long as it would still be acted on: the handlers skip one that is older. */
const ticks = { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 300 } as const

export interface AgentProps {
  readonly plan: Plan
  readonly agent: PlannedAgent
  readonly imageUri: string
  readonly target: ScheduleTarget
}

/**
 * One agent: its role, its log group, what runs it, and its schedules. Nothing in here depends on another agent. The
 * number of resources is what `resourcesOf` in core/plan/targets/aws-sizes.ts says.
 */
export class AwsAgent extends Construct {
  constructor(scope: Construct, { plan, agent, imageUri, target }: AgentProps) {
    // Prefixed: `constructor` is a fine name for an agent, and none for a construct.
    super(scope, `agent-${agent.name}`)
    const identity = role(this, 'Role', {
      roleName: agent.resource,
      path: `${plan.names.rolePath}agent/`,
      description: `Agent ${agent.name}: reads its own secrets, writes its own log`,
      trust: trustOf(agent),
      permissions: agent.permissions,
    })
    const logs = logGroup(this, agent.logs, plan)
    if (agent.compute === 'lambda') addFunction(this, plan, agent, imageUri, identity, logs)
    else addTask(this, plan, agent, imageUri, identity)
    addSchedules(this, plan, agent, target)
  }
}

const trustOf = (agent: PlannedAgent): Trust =>
  agent.compute === 'lambda'
    ? { service: 'lambda.amazonaws.com' }
    : trustFrom('ecs-tasks.amazonaws.com', arn('ecs', '*'))

function addFunction(
  scope: Construct,
  plan: Plan,
  agent: PlannedAgent,
  imageUri: string,
  identity: CfnRole,
  logs: CfnLogGroup,
): void {
  const network = plan.lambdaNetwork
  const run = new CfnFunction(scope, 'Function', {
    functionName: agent.resource,
    description: `Agent ${agent.name} of ${plan.project} (${plan.environment})`,
    packageType: 'Image',
    code: { imageUri },
    architectures: [plan.target.architecture],
    role: identity.attrArn,
    memorySize: agent.memoryMiB,
    timeout: agent.limitSeconds,
    // Agents clone repositories and build in /tmp.
    ephemeralStorage: { size: 2048 },
    loggingConfig: { logGroup: agent.logs },
    vpcConfig: network && { subnetIds: network.subnets, securityGroupIds: network.securityGroups },
  })
  run.addResourceDependency(logs)
  // Lambda's own retries would run an agent twice, and its queue would start one hours late: starting again is decided by
  // the control plane, which notices a run that never claimed.
  new CfnEventInvokeConfig(scope, 'Starts', {
    functionName: run.ref,
    qualifier: '$LATEST',
    maximumRetryAttempts: 0,
    maximumEventAgeInSeconds: 60,
  })
}

function addTask(scope: Construct, plan: Plan, agent: PlannedAgent, imageUri: string, identity: CfnRole): void {
  new CfnTaskDefinition(scope, 'Task', {
    family: agent.resource,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: String(agent.vcpus * 1024),
    memory: String(agent.memoryMiB),
    runtimePlatform: {
      operatingSystemFamily: 'LINUX',
      cpuArchitecture: plan.target.architecture === 'arm64' ? 'ARM64' : 'X86_64',
    },
    // One identity per agent: it may pull its image and write its log, which is all an execution role does.
    executionRoleArn: identity.attrArn,
    taskRoleArn: identity.attrArn,
    volumes: [{ name: 'tmp' }],
    containerDefinitions: [
      {
        name: agentContainer,
        image: imageUri,
        essential: true,
        user: '1000:1000',
        readonlyRootFilesystem: true,
        mountPoints: [{ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false }],
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': agent.logs,
            'awslogs-region': Aws.REGION,
            'awslogs-stream-prefix': 'run',
          },
        },
      },
    ],
    // The gateway may stop only tasks that carry this tag.
    tags: [
      { key: 'al:stack', value: plan.names.prefix },
      { key: 'al:agent', value: agent.name },
    ],
  })
}

function addSchedules(scope: Construct, plan: Plan, agent: PlannedAgent, target: ScheduleTarget): void {
  agent.schedules.forEach((schedule, i) => {
    new CfnSchedule(scope, `Schedule${i + 1}`, {
      name: schedule.name,
      groupName: plan.names.prefix,
      description: `${schedule.line} (${schedule.timezone})`,
      scheduleExpression: schedule.expression,
      scheduleExpressionTimezone: schedule.timezone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        ...target,
        input: JSON.stringify({ kind: 'tick', agent: agent.name, at: '<aws.scheduler.scheduled-time>' }),
        retryPolicy: ticks,
      },
    })
  })
}
