import { compare } from '../../project/problem.ts'
import type { Model } from '../../project/schema/model.ts'
import { deadLettersName } from '../names.ts'
import type { Plan, PlannedAgent, PlannedSecret, Statement } from '../schema.ts'

/**
 * What each identity on AWS may do. ARNs are written for `Fn::Sub`. A resource `*` stands only where the action supports
 * nothing narrower.
 */
export const arn = (service: string, rest: string): string =>
  `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`

/** A role by its path and name; roles are of no region. */
export const iamRole = (path: string): string => `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role${path}`

/** The repository that `cdk bootstrap` makes for images. */
export const bootstrapRepository = arn(
  'ecr',
  'repository/cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}',
)

export interface AwsContext {
  readonly names: Plan['names']
  readonly cluster?: Plan['cluster']
  readonly repository?: string
  readonly secretStore: Plan['target']['secretStore']
  readonly lambdaNetwork: boolean
}

/** What an agent's role may do: its own secrets, log, image, network and model. */
export function agentPermissions(agent: Omit<PlannedAgent, 'permissions'>, context: AwsContext): Statement[] {
  return [
    ...readSecrets(agent.secrets, context),
    writeLogs(agent.logs),
    ...(agent.compute === 'fargate' ? pullImage(context.repository) : []),
    ...(agent.compute === 'lambda' && context.lambdaNetwork ? [joinNetwork] : []),
    ...callModel(agent.model),
  ]
}

/** What the gateway's role may do: check signatures, keep state, start this project's agents. */
export function gatewayPermissions(
  context: AwsContext,
  secrets: readonly PlannedSecret[],
  agents: readonly PlannedAgent[],
): Statement[] {
  return [...readSecrets(secrets, context), ...controlPlane(context, agents, context.names.gateway)]
}

/** The same for the scheduler, which checks no signatures and keeps what it could not handle. */
export function schedulerPermissions(
  context: AwsContext,
  secrets: readonly PlannedSecret[],
  agents: readonly PlannedAgent[],
): Statement[] {
  const { names } = context
  // It exports traces, as the gateway does.
  const headers = secrets.filter(({ why }) => why === 'header')
  return [
    ...readSecrets(headers, context),
    ...controlPlane(context, agents, names.scheduler),
    ...ownTasks(context, agents, 'see which tasks of ours are running, to stop those whose run is over', [
      'ecs:DescribeTasks',
    ]),
    {
      why: 'keep an event it could not handle',
      actions: ['sqs:SendMessage'],
      resources: [arn('sqs', deadLettersName(names.prefix))],
    },
  ]
}

/** What EventBridge Scheduler does on behalf of the project's schedules, all of them in one role. */
export function schedulesPermissions({ prefix, scheduler }: Plan['names']): Statement[] {
  return [
    {
      why: 'call the scheduler',
      actions: ['lambda:InvokeFunction'],
      resources: [arn('lambda', `function:${scheduler}`)],
    },
    {
      why: 'keep a tick it could not deliver',
      actions: ['sqs:SendMessage'],
      resources: [arn('sqs', deadLettersName(prefix))],
    },
  ]
}

/** Keeping state and starting agents, which the gateway does for webhooks and calls, the scheduler for ticks and sweeps. */
function controlPlane(context: AwsContext, agents: readonly PlannedAgent[], name: string): Statement[] {
  const { names, cluster } = context
  const lambda = agents.some(({ compute }) => compute === 'lambda')
  const fargate = agents.some(({ compute }) => compute === 'fargate')
  return [
    writeLogs(logsOf(names, name)),
    {
      why: 'state: locks, calls, queues and runs',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
      resources: [arn('dynamodb', `table/${names.table}`)],
    },
    ...(lambda
      ? [
          {
            why: 'start agents that are functions',
            actions: ['lambda:InvokeFunction'],
            resources: [arn('lambda', `function:${names.prefix}_*`)],
          },
        ]
      : []),
    ...(fargate && cluster !== undefined
      ? [
          {
            why: 'start agents that are tasks',
            actions: ['ecs:RunTask'],
            resources: [arn('ecs', `task-definition/${names.prefix}_*`)],
            conditions: inCluster(cluster.name),
          },
          {
            why: 'mark a task as one of ours when it starts',
            actions: ['ecs:TagResource'],
            resources: [tasksIn(cluster.name)],
            conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
          },
          ...ownTasks(context, agents, 'stop the tasks that are ours', ['ecs:StopTask']),
          {
            why: 'find the tasks of a run, by name (without a container instance, the action supports no resource)',
            actions: ['ecs:ListTasks'],
            resources: ['*'],
            conditions: inCluster(cluster.name),
          },
          {
            why: "hand an agent's task its own role",
            actions: ['iam:PassRole'],
            resources: [iamRole(`${names.rolePath}agent/*`)],
            conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
          },
        ]
      : []),
  ]
}

const tasksIn = (cluster: string): string => arn('ecs', `task/${cluster}/*`)

const inCluster = (cluster: string): NonNullable<Statement['conditions']> => ({
  ArnEquals: { 'ecs:cluster': arn('ecs', `cluster/${cluster}`) },
})

/** Rights on this project's tasks, whoever else has tasks in the cluster; none where no agent is a task. */
function ownTasks(
  { names, cluster }: AwsContext,
  agents: readonly PlannedAgent[],
  why: string,
  actions: string[],
): Statement[] {
  if (cluster === undefined || !agents.some(({ compute }) => compute === 'fargate')) return []
  const conditions = { StringEquals: { 'aws:ResourceTag/al:stack': names.prefix } }
  return [{ why, actions, resources: [tasksIn(cluster.name)], conditions }]
}

/** Characters that the inline policies of a role may have in all (an IAM quota; white space does not count). */
export const longestPolicy = 10_240

/** How many characters the statements take as a policy, in the partition, region and account with the longest names. */
export function policyLength(statements: readonly Statement[]): number {
  const document = statements.map(({ actions, resources, conditions }) => ({
    Effect: 'Allow',
    Action: actions,
    Resource: resources,
    Condition: conditions,
  }))
  return JSON.stringify({ Version: '2012-10-17', Statement: document })
    .replaceAll('${AWS::Partition}', 'aws-us-gov')
    .replaceAll('${AWS::Region}', 'ap-southeast-1')
    .replaceAll('${AWS::AccountId}', '123456789012').length
}

/** Log group of a service function. */
export const logsOf = (names: Plan['names'], service: string): string =>
  `${names.rolePath.replace(/\/$/, '')}/${service}`

function readSecrets(secrets: readonly PlannedSecret[], { secretStore }: Pick<AwsContext, 'secretStore'>): Statement[] {
  if (secrets.length === 0) return []
  const why = 'read its own credentials at start'
  // Sorted: the order of an agent's list is no reason to deploy its role again.
  const ids = [...new Set(secrets.map(({ id }) => id))].sort(compare)
  // Decrypting needs no right of its own: the account's key for Parameter Store is for whoever may read the parameter.
  return secretStore === 'parameter-store'
    ? [{ why, actions: ['ssm:GetParameters'], resources: ids.map((id) => arn('ssm', `parameter${id}`)) }]
    : [
        {
          why,
          actions: ['secretsmanager:GetSecretValue'],
          // The service ends the ARN of a secret in a hyphen and six random characters.
          resources: ids.map((id) => arn('secretsmanager', `secret:${id}-??????`)),
        },
      ]
}

/** The right of whatever runs to write its own log group. */
export const writeLogs = (group: string): Statement => ({
  why: 'write its own log',
  actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  resources: [arn('logs', `log-group:${group}:*`)],
})

function pullImage(repository: string | undefined): Statement[] {
  return [
    {
      why: 'log in to ECR (the action supports no resource)',
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
    },
    {
      why: 'pull its image',
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [repository === undefined ? bootstrapRepository : repositoryArn(repository)],
    },
  ]
}

/** `123456789012.dkr.ecr.eu-west-1.amazonaws.com/agents` → its ARN. */
export function repositoryArn(uri: string): string {
  const [, account, region, name] = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[^/]+\/(.+)$/.exec(uri) ?? []
  return `arn:\${AWS::Partition}:ecr:${region}:${account}:repository/${name}`
}

const joinNetwork: Statement = {
  why: 'attach its function to the given subnets (the actions support no resource that is known beforehand)',
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  resources: ['*'],
  // For Lambda itself, which does this before the code runs: calls from the code carry the key.
  conditions: { Null: { 'lambda:SourceFunctionArn': 'true' } },
}

/** Ids of models and inference profiles, and ARNs of profiles: nothing that could widen a policy. */
export const bedrockModel =
  /^(?:[a-z0-9][a-z0-9.:-]{0,200}|arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:(?:application-)?inference-profile\/[A-Za-z0-9.:-]+)$/

function callModel({ provider, model }: Model): Statement[] {
  if (provider !== 'bedrock') return []
  if (model.startsWith('arn:')) {
    return [
      invoke("call its inference profile with the agent's own identity", [model]),
      {
        ...invoke('call the models behind that profile', ['arn:${AWS::Partition}:bedrock:*::foundation-model/*']),
        conditions: { StringEquals: { 'bedrock:InferenceProfileArn': model } },
      },
    ]
  }
  // A cross-region inference profile (`eu.anthropic.…`) calls the model behind it in any region of its geography.
  const foundation = model.replace(/^(?:us|eu|apac|us-gov|global|jp|au)\./, '')
  return [
    invoke("call its model with the agent's own identity", [
      `arn:\${AWS::Partition}:bedrock:*::foundation-model/${foundation}`,
      ...(foundation === model ? [] : [arn('bedrock', `inference-profile/${model}`)]),
    ]),
  ]
}

const invoke = (why: string, resources: string[]): Statement => ({
  why,
  actions: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'],
  resources,
})
