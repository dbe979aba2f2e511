import type { Plan } from '../../core/plan/schema.ts'
import { signInApis } from '../../core/plan/targets/gcp-deploy-permissions.ts'
import type { GoogleAccount } from '../../infra/gcp/account.ts'
import { enableApis, notEnabled } from '../../infra/gcp/deploy/apis.ts'
import { githubAccess } from '../../infra/gcp/deploy-role/ci-accounts.ts'
import { missingSteps } from '../../infra/gcp/deploy-role/ensure-access.ts'
import type { Step } from '../../infra/github/step.ts'
import type { GithubCloud } from '../setup/set-up-github.ts'

/** Addresses of two service accounts, and the name of the provider that lets workflows be them. */
export interface GithubAccounts {
  readonly provider: string
  readonly deployAccount: string
  readonly diffAccount: string
}

/** Google Cloud, as a cloud that workflows sign in to: by a pool of identities that may be two service accounts. */
export const githubAccounts = (plan: Plan, account: GoogleAccount): GithubCloud<GithubAccounts> => ({
  where: `project ${account.project}`,
  aboutIds: (finding) =>
    `the repository is trusted by its name, which may be somebody else's one day; its ids may not: ${finding}`,
  async look(repository, when) {
    const access = githubAccess(plan, account, repository, when)
    const { deploy, diff, pool } = access
    const [apis, steps] = await Promise.all([apiSteps(account), missingSteps(access, account)])
    return {
      identities: { provider: pool.provider.name, deployAccount: deploy.email, diffAccount: diff.email },
      names: `${deploy.email} and ${diff.email}`,
      steps: [...apis, ...steps],
    }
  },
})

async function apiSteps(account: GoogleAccount): Promise<Step[]> {
  const missing = await notEnabled(signInApis, account)
  if (missing.length === 0) return []
  return [{ what: `enable ${missing.join(' and ')}`, apply: () => enableApis(missing, account) }]
}
