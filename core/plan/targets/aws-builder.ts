import type { Plan, Statement } from '../schema.ts'
import { type AwsContext, bootstrapRepository, logsOf, repositoryArn, writeLogs } from './aws-permissions.ts'

/** Where a deploy puts what images are built from: the bucket that `cdk bootstrap` makes. */
export const contextBucket = (account: string, region: string): string => `cdk-hnb659fds-assets-${account}-${region}`

/** What the keys of a project's build contexts in that bucket begin with. */
export const contextPrefix = ({ prefix }: Plan['names']): string => `al-builds/${prefix}/`

/** The CodeBuild project that builds images where there is no Docker. */
export function awsBuilder({ names, repository }: AwsContext): NonNullable<Plan['builder']> {
  const name = `${names.prefix}-builder`
  const bucket = contextBucket('${AWS::AccountId}', '${AWS::Region}')
  return {
    name,
    logs: logsOf(names, name),
    permissions: [
      writeLogs(logsOf(names, name)),
      {
        why: 'read what a deploy of this project has put down to be built',
        actions: ['s3:GetObject'],
        resources: [`arn:\${AWS::Partition}:s3:::${bucket}/${contextPrefix(names)}*`],
      },
      ...pushImages(repository),
    ],
  }
}

/** Source of the list: "IAM permissions for pushing an image" in the ECR user guide. */
const pushImages = (repository: string | undefined): Statement[] => [
  {
    why: 'log in to ECR (the action supports no resource)',
    actions: ['ecr:GetAuthorizationToken'],
    resources: ['*'],
  },
  {
    why: 'push the images it built',
    actions: [
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:CompleteLayerUpload',
      'ecr:InitiateLayerUpload',
      'ecr:PutImage',
      'ecr:UploadLayerPart',
    ],
    resources: [repository === undefined ? bootstrapRepository : repositoryArn(repository)],
  },
]
