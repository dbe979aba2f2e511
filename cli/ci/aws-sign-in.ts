import type { Plan } from '../../core/plan/schema.ts'
import { ciRoleNames } from '../../core/plan/targets/deploy-permissions.ts'
import { toolkitPackage } from '../../infra/aws/deploy/toolkit-package.ts'
import { checked } from './checked-names.ts'
import { type CiCloud, expression, type IdentityFlags, type SignIn } from './sign-in.ts'

/**
 * Signs in by roles. If the account is known, their names are those that `al setup cloud` makes; a role that is given may
 * have any name.
 */
export function awsSignIn(plan: Plan, region: string, { roleArn, diffRoleArn, account }: IdentityFlags): CiCloud {
  const names = ciRoleNames(plan)
  const own = (name: string) =>
    account === undefined
      ? undefined
      : `arn:${partitionOf(region)}:iam::${checked('account', account)}:role${names.path}${name}`
  const deployRole = roleArn === undefined ? own(names.deploy) : checked('roleArn', roleArn)
  const diffRole = diffRoleArn === undefined ? own(names.diff) : checked('roleArn', diffRoleArn, '--diff-role-arn')
  const signIn = (role: string | undefined, variable: string): SignIn => ({
    uses: 'aws-actions/configure-aws-credentials@v6',
    with: { 'role-to-assume': role ?? expression(`vars.${variable}`), 'aws-region': region },
  })
  return {
    cloud: {
      env: { AWS_REGION: region },
      compiled: 'cdk.out',
      architecture: plan.target.build === 'codebuild' ? 'x86_64' : plan.target.architecture,
      signIn: { deploy: signIn(deployRole, 'AL_DEPLOY_ROLE'), diff: signIn(diffRole, 'AL_DIFF_ROLE') },
    },
    identities: { ...(deployRole !== undefined && { deployRole }), ...(diffRole !== undefined && { diffRole }) },
    variables: [
      ...(deployRole === undefined ? ['AL_DEPLOY_ROLE'] : []),
      ...(diffRole === undefined ? ['AL_DIFF_ROLE'] : []),
    ],
    filledWith: 'the ARNs of the two roles',
    tools: [toolkitPackage],
    besideLockFile: [],
  }
}

/** AWS's partitions, by the beginnings of their regions' names. */
const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
