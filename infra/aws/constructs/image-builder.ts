import { CfnProject } from 'aws-cdk-lib/aws-codebuild'
import { Construct } from 'constructs'
import type { Plan } from '../../../core/plan/schema.ts'
import { arn } from '../../../core/plan/targets/aws-permissions.ts'
import { logGroup } from './log-group.ts'
import { role, trustFrom } from './policy.ts'

/**
 * Builds images for a deploy from a machine without Docker. It costs nothing until it is used, and then by the minute.
 * Each build is told by the deploy what to build (`AL_CONTEXT`, `s3://…`) and what to call it (`AL_IMAGE`).
 */
export class ImageBuilder extends Construct {
  constructor(scope: Construct, plan: Plan, builder: NonNullable<Plan['builder']>) {
    super(scope, 'ImageBuilder')
    const identity = role(this, 'Role', {
      roleName: builder.name,
      path: plan.names.rolePath,
      description: `Builds the images of ${plan.project} (${plan.environment})`,
      trust: trustFrom('codebuild.amazonaws.com', arn('codebuild', `project/${builder.name}`)),
      permissions: builder.permissions,
    })
    const logs = logGroup(this, builder.logs, plan)
    const project = new CfnProject(this, 'Project', {
      name: builder.name,
      description: `Images of ${plan.project} (${plan.environment})`,
      serviceRole: identity.attrArn,
      source: { type: 'NO_SOURCE', buildSpec: JSON.stringify(buildSpec) },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        ...machines[plan.target.architecture],
        computeType: 'BUILD_GENERAL1_MEDIUM',
        // Docker runs inside of it.
        privilegedMode: true,
      },
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: builder.logs } },
      timeoutInMinutes: 60,
    })
    project.addResourceDependency(logs)
  }
}

/** Images are built on the processor they run on: emulating the other one takes ten times as long. */
const machines = {
  x86_64: { type: 'LINUX_CONTAINER', image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0' },
  arm64: { type: 'ARM_CONTAINER', image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0' },
} as const

const buildSpec = {
  version: 0.2,
  env: {
    shell: 'bash',
    // Lambda takes no image that comes with a second manifest about how it was made.
    variables: { BUILDX_NO_DEFAULT_ATTESTATIONS: '1', BUILDKIT_PROGRESS: 'plain' },
  },
  phases: {
    pre_build: {
      'on-failure': 'ABORT',
      commands: [
        'aws ecr get-login-password | docker login --username AWS --password-stdin "${AL_IMAGE%%/*}"',
        'aws s3 cp --no-progress "$AL_CONTEXT" /tmp/context.tar.gz',
      ],
    },
    // One phase: the one after a build would run after a failed build, too.
    build: {
      'on-failure': 'ABORT',
      commands: ['docker build --tag "$AL_IMAGE" - < /tmp/context.tar.gz', 'docker push --quiet "$AL_IMAGE"'],
    },
  },
}
