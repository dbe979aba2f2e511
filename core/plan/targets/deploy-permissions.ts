import type { Plan, Statement } from '../schema.ts'
import { secretPrefix } from '../secret-users.ts'
import { contextBucket, contextPrefix } from './aws-builder.ts'
import { arn, bootstrapRepository, iamRole, logsOf, repositoryArn } from './aws-permissions.ts'
import { inspect, repair } from './doctor-permissions.ts'

/**
 * What the identities of CI may do themselves: `diff` compares a pull request with what is deployed, `deploy` does what
 * `al deploy`, `al doctor -c` and the commands with `-c` do. Stacks are changed through the roles of the CDK's bootstrap
 * stack, which `deploy` may assume; what those may do was decided when the account was bootstrapped.
 */
export interface CiPermissions {
  readonly diff: readonly Statement[]
  readonly deploy: readonly Statement[]
}

type Deployed = Pick<Plan, 'names' | 'target' | 'agents' | 'gateway' | 'repository' | 'builder'>

/** The same for every agent that a project gets later: names are patterns, so that CI's roles need not change with it. */
export function ciPermissions(plan: Deployed): CiPermissions {
  const diff = compare(plan)
  return {
    diff,
    deploy: [
      ...diff,
      ...deploy(plan),
      ...images(plan),
      ...secrets(plan),
      ...operate(plan),
      ...inspect(plan.names),
      ...repair(plan.names),
    ],
  }
}

/**
 * The roles of CI. They lie outside of the project's path: `deploy` may repair the project's roles, and must not be able
 * to widen its own.
 */
export const ciRoleNames = ({ project, environment, names }: Pick<Plan, 'project' | 'environment' | 'names'>) => ({
  path: `/al-ci/${project}/${environment}/`,
  deploy: `${names.prefix}-deploy`,
  diff: `${names.prefix}-diff`,
})

/** Of the CDK's bootstrap stack, by what it is for. */
const bootstrapRole = (what: string): string =>
  iamRole(`/cdk-hnb659fds-${what}-role-\${AWS::AccountId}-\${AWS::Region}`)

/** The control stack, and those of the agents. */
const stacks = ({ names }: Deployed): string[] => [
  arn('cloudformation', `stack/${names.stack}/*`),
  arn('cloudformation', `stack/${names.stack}-agents-*/*`),
]

function compare(plan: Deployed): Statement[] {
  return [
    {
      why: "find the project's stacks, also of shards that are gone (the action supports no resource)",
      actions: ['cloudformation:ListStacks'],
      resources: ['*'],
    },
    {
      why: 'read what is deployed, to compare it with the plan',
      actions: ['cloudformation:GetTemplate'],
      resources: stacks(plan),
    },
  ]
}

function deploy(plan: Deployed): Statement[] {
  return [
    {
      why: 'change stacks and publish their files, as the roles of the CDK bootstrap stack',
      actions: ['sts:AssumeRole'],
      resources: ['deploy', 'file-publishing', 'image-publishing', 'lookup'].map(bootstrapRole),
    },
    {
      why: 'see whether the account is bootstrapped',
      actions: ['ssm:GetParameter'],
      resources: [arn('ssm', 'parameter/cdk-bootstrap/hnb659fds/version')],
    },
    {
      why: 'see how many functions the account may run at once (the action supports no resource)',
      actions: ['lambda:GetAccountSettings'],
      resources: ['*'],
    },
    {
      why: 'read where the gateway is, and what became of a deploy',
      actions: ['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'],
      resources: stacks(plan),
    },
  ]
}

function images({ names, repository, builder }: Deployed): Statement[] {
  return [
    {
      why: 'log in to ECR (the action supports no resource)',
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
    },
    {
      why: 'see which images are missing, push those, remove those that nobody uses any more',
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchDeleteImage',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:DescribeImages',
        'ecr:GetRepositoryPolicy',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      resources: [repository === undefined ? bootstrapRepository : repositoryArn(repository)],
    },
    {
      why: 'see which images other stacks use, before one is removed',
      actions: ['cloudformation:GetTemplate'],
      resources: [arn('cloudformation', 'stack/*/*')],
    },
    ...(builder === undefined
      ? []
      : [
          {
            why: 'put down what is to be built, and take it away again',
            actions: ['s3:PutObject', 's3:DeleteObject'],
            resources: [
              `arn:\${AWS::Partition}:s3:::${contextBucket('${AWS::AccountId}', '${AWS::Region}')}/${contextPrefix(names)}*`,
            ],
          },
          {
            why: 'build images where there is no Docker',
            actions: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'],
            resources: [arn('codebuild', `project/${builder.name}`)],
          },
          {
            why: 'show why a build failed',
            actions: ['logs:GetLogEvents'],
            resources: [arn('logs', `log-group:${builder.logs}:*`)],
          },
        ]),
  ]
}

function secrets(plan: Deployed): Statement[] {
  const prefix = secretPrefix(plan)
  if (prefix === undefined) return []
  const why = 'push credentials, see which are there, remove those that are not used any more'
  if (plan.target.secretStore === 'parameter-store') {
    return [
      {
        why,
        actions: [
          'ssm:AddTagsToResource',
          'ssm:DeleteParameter',
          'ssm:ListTagsForResource',
          'ssm:PutParameter',
          'ssm:RemoveTagsFromResource',
        ],
        resources: [arn('ssm', `parameter${prefix}*`)],
      },
      {
        why: 'list parameters by name and tag, without values (the action is about all of them)',
        actions: ['ssm:DescribeParameters'],
        resources: ['*'],
      },
    ]
  }
  return [
    {
      why,
      actions: [
        'secretsmanager:CreateSecret',
        'secretsmanager:DeleteSecret',
        'secretsmanager:DescribeSecret',
        'secretsmanager:PutSecretValue',
        'secretsmanager:RestoreSecret',
        'secretsmanager:TagResource',
        'secretsmanager:UntagResource',
      ],
      resources: [arn('secretsmanager', `secret:${prefix}*`)],
    },
    {
      why: 'list secrets by tag, without values (the action supports no resource)',
      actions: ['secretsmanager:ListSecrets'],
      resources: ['*'],
    },
  ]
}

/** `-c`: through the gateway, with its key; logs come from CloudWatch. */
function operate({ gateway, names, target }: Deployed): Statement[] {
  const keys = gateway.secrets.filter(({ type }) => type === 'gateway_api_key').map(({ id }) => id)
  const inParameters = target.secretStore === 'parameter-store'
  return [
    {
      why: "read the gateway's key, which opens its control routes",
      actions: [inParameters ? 'ssm:GetParameters' : 'secretsmanager:GetSecretValue'],
      resources: keys.map((id) =>
        inParameters ? arn('ssm', `parameter${id}`) : arn('secretsmanager', `secret:${id}-??????`),
      ),
    },
    {
      why: 'read logs',
      actions: ['logs:FilterLogEvents'],
      resources: [arn('logs', `log-group:${logsOf(names, '*')}`)],
    },
  ]
}
