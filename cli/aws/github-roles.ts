import type { Plan } from '../../core/plan/schema.ts'
import type { Account } from '../../infra/aws/account.ts'
import { ciRoles } from '../../infra/aws/deploy-role/ci-roles.ts'
import { missingSteps } from '../../infra/aws/deploy-role/ensure-roles.ts'
import type { GithubCloud } from '../setup/set-up-github.ts'

/** ARNs. */
export interface GithubRoles {
  readonly deployRole: string
  readonly diffRole: string
}

/** AWS, as a cloud that workflows sign in to: by two roles. */
export const githubRoles = (plan: Plan, account: Account): GithubCloud<GithubRoles> => ({
  where: `account ${account.account}`,
  aboutIds: (finding) =>
    `a repository made since 15 July 2026 (or that chose so) signs in with its ids: if GitHub's workflow is refused, give it as ${finding}`,
  async look(repository, when) {
    const { deploy, diff } = ciRoles(plan, account, repository, when)
    return {
      identities: { deployRole: deploy.arn, diffRole: diff.arn },
      names: `${deploy.name} and ${diff.name}`,
      steps: await missingSteps({ deploy, diff }, account),
    }
  },
})
