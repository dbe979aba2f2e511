import type { Plan } from '../../core/plan/schema.ts'
import { googleCiNames } from '../../core/plan/targets/gcp-deploy-permissions.ts'
import { pulumiPackage } from '../../infra/gcp/deploy/pulumi-package.ts'
import { exitCodes, UserError } from '../errors.ts'
import { checked } from './checked-names.ts'
import { type CiCloud, expression, type IdentityFlags, type SignIn } from './sign-in.ts'

/**
 * Signs in by an identity pool, whose name has the number of the Google Cloud project, as one of two service accounts of
 * that project.
 */
export function googleSignIn(plan: Plan, { account, roleArn, diffRoleArn }: IdentityFlags): CiCloud {
  for (const [flag, value] of Object.entries({ '--role-arn': roleArn, '--diff-role-arn': diffRoleArn })) {
    if (value === undefined) continue
    throw new UserError(`${flag}: the project is on Google Cloud, where there are no roles of AWS`, exitCodes.usage)
  }
  const names = googleCiNames(plan)
  const provider =
    account === undefined
      ? undefined
      : `projects/${checked('projectNumber', account)}/locations/global/workloadIdentityPools/${names.pool}/providers/${names.provider}`
  const signIn = (email: string): SignIn => ({
    uses: 'google-github-actions/auth@v3',
    with: {
      workload_identity_provider: provider ?? expression('vars.AL_IDENTITY_PROVIDER'),
      service_account: email,
    },
  })
  return {
    cloud: {
      env: {},
      compiled: 'pulumi.out',
      architecture: 'x86_64',
      signIn: { deploy: signIn(names.deploy), diff: signIn(names.diff) },
    },
    identities: { ...(provider !== undefined && { provider }), deployAccount: names.deploy, diffAccount: names.diff },
    variables: provider === undefined ? ['AL_IDENTITY_PROVIDER'] : [],
    filledWith: "the identity provider's name (projects/…/providers/…)",
    tools: [pulumiPackage],
    besideLockFile: [pulumiPackage],
  }
}
