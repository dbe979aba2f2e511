import type { Step } from '../../github/step.ts'
import type { GoogleAccount } from '../account.ts'
import { accountSteps, projectSteps } from './account-steps.ts'
import type { GithubAccess } from './ci-accounts.ts'
import { poolSteps, roleSteps } from './iam-steps.ts'

/**
 * What has to be done so that workflows of GitHub can sign in; nothing where everything is as it should be. Nothing is changed before
 * a step is applied. The steps are meant to be applied in order: that anybody may be an account comes last. Throws a
 * `GoogleFailure`.
 */
export async function missingSteps(access: GithubAccess, account: GoogleAccount): Promise<Step[]> {
  const accounts = [access.diff, access.deploy]
  const [pool, role, project, ...own] = await Promise.all([
    poolSteps(access.pool, account),
    roleSteps(access.diffRole, account),
    projectSteps(accounts, account),
    ...accounts.map((one) => accountSteps(one, account)),
  ])
  return [...pool, ...role, ...own.flatMap(({ made }) => made), ...project, ...own.flatMap(({ trusted }) => trusted)]
}
