import * as z from 'zod'
import { flag, oneOf, pattern, text } from './fields.ts'

/** For keys that nothing uses: any text will do, placeholders included. */
const unused = () => text()
const size = () => z.union([text(), z.number().positive()]).describe('a size')
const prefix = () =>
  pattern(
    /^(?=.{1,200}$)\/?[A-Za-z0-9_+=.@-]+(?:\/[A-Za-z0-9_+=.@-]+)*$/,
    'up to 200 letters, digits, "_+=.@-" and single slashes, e.g. "team-a"',
  )
const ids = (kind: string, start: string) =>
  z
    .array(pattern(new RegExp(`^${start}-[0-9a-f]{8,17}$`), `the id of a ${kind}`))
    // An empty list has always meant the same as none.
    .transform((list) => (list.length === 0 ? undefined : list))
    .describe(`a list of ids such as "${start}-0123456789abcdef0"`)

const common = {
  shards: z
    .int()
    .refine((n) => n >= 1 && n <= 1024 && Number.isInteger(Math.log2(n)))
    .describe('a power of two from 1 to 1024')
    .optional(),
  disposable: flag().optional(),
  architecture: oneOf(['x86_64', 'arm64']).optional(),
}

/** Source: `retentionInDays` of a log group in the CloudFormation reference, November 2026. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]
const retentionDays = () =>
  z
    .int()
    .refine((days) => retentions.includes(days))
    .describe(`a number of days that CloudWatch Logs offers: ${retentions.slice(0, 12).join(', ')}, …`)

export const ecsSchema = z.strictObject({
  provider: z.literal('ecs'),
  ...common,
  awsRegion: pattern(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'an AWS region such as "eu-west-1"'),
  ecsCluster: pattern(/^[A-Za-z0-9_-]{1,255}$/, 'the name of an ECS cluster').optional(),
  ecrRepository: pattern(
    /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/[a-z0-9]+(?:[._/-][a-z0-9]+)*$/,
    'the URI of an ECR repository such as "123456789012.dkr.ecr.eu-west-1.amazonaws.com/agents"',
  ).optional(),
  subnets: ids('subnet', 'subnet').optional(),
  securityGroups: ids('security group', 'sg').optional(),
  lambdaSubnets: ids('subnet', 'subnet').optional(),
  lambdaSecurityGroups: ids('security group', 'sg').optional(),
  awsSecretPrefix: prefix().optional(),
  secretStore: oneOf(['secrets-manager', 'parameter-store']).optional(),
  build: oneOf(['auto', 'docker', 'codebuild']).optional(),
  logRetentionDays: retentionDays().optional(),
  alarmEmail: pattern(/^[^\s@]+@[^\s@]+$/, 'an e-mail address').optional(),
  dashboard: flag().optional(),
  executionRoleArn: unused().optional(),
  taskRoleArn: unused().optional(),
  lambdaRoleArn: unused().optional(),
  appRunnerInstanceRoleArn: unused().optional(),
  appRunnerAccessRoleArn: unused().optional(),
  schedulerCpu: size().optional(),
  schedulerMemory: size().optional(),
  buildBucket: text('the name of a bucket').optional(),
})

export const cloudRunSchema = z.strictObject({
  provider: z.literal('cloud-run'),
  ...common,
  gcpProject: pattern(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'the id of a Google Cloud project'),
  region: pattern(/^[a-z]+-[a-z]+\d+$/, 'a Google Cloud region such as "europe-west1"'),
  artifactRegistry: pattern(
    /^[a-z0-9-]+-docker\.pkg\.dev\/[^/\s]+\/[^/\s]+$/,
    'an Artifact Registry repository such as "europe-west1-docker.pkg.dev/my-project/agents"',
  ).optional(),
  serviceAccount: text('the e-mail address of a service account').optional(),
  secretPrefix: pattern(
    /^(?!.*--)[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*$/,
    'letters, digits, "_" and single hyphens',
  ).optional(),
  schedulerCpu: size().optional(),
  schedulerMemory: size().optional(),
})

export const clouds = { ecs: ecsSchema, 'cloud-run': cloudRunSchema } as const
export type CloudProvider = keyof typeof clouds
export type EcsCloud = z.output<typeof ecsSchema>
export type CloudRunCloud = z.output<typeof cloudRunSchema>
export type Cloud = EcsCloud | CloudRunCloud
