import type { Plan } from '../../../core/plan/schema.ts'
import { googleCiNames } from '../../../core/plan/targets/gcp-deploy-permissions.ts'
import { type GithubRepository, type GithubTrust, githubIssuer } from '../../github/repository.ts'

/** What a pool of outside identities says of a workflow, and so what a binding goes by: `deploy` or `diff`. */
const attribute = 'role'

/** The pool of a project's CI, and the one provider that lets workflows of GitHub into it. */
export interface IdentityPool {
  /** `projects/NUMBER/locations/global/workloadIdentityPools/ID`. */
  readonly name: string
  readonly id: string
  readonly description: string
  readonly provider: {
    /** As `google-github-actions/auth` wants it. */
    readonly name: string
    readonly id: string
    /** What it has to be; everything else has to be absent. */
    readonly wanted: {
      readonly attributeMapping: Readonly<Record<string, string>>
      readonly attributeCondition: string
      readonly oidc: { readonly issuerUri: string }
    }
  }
  /** The member of a policy that stands for those who may deploy, or compare. */
  member(role: 'deploy' | 'diff'): string
}

/**
 * A pool per project and environment: its provider takes tokens of one repository only, and of those the ones that may
 * deploy, and the ones of pull requests. It goes by claims and not by the subject, which has several forms.
 */
export function identityPool(
  plan: Plan,
  number: string,
  repository: GithubRepository,
  deployWhen: GithubTrust['when'],
): IdentityPool {
  const ids = googleCiNames(plan)
  const name = `projects/${number}/locations/global/workloadIdentityPools/${ids.pool}`
  const deploy = situation(deployWhen)
  const diff = situation({ kind: 'pull-request' })
  return {
    name,
    id: ids.pool,
    description: `Action Llama: CI of ${plan.project} (${plan.environment})`,
    provider: {
      name: `${name}/providers/${ids.provider}`,
      id: ids.provider,
      wanted: {
        attributeMapping: {
          // A subject of GitHub's can be longer than the 127 bytes that are taken here. Audit logs show this one.
          'google.subject': "assertion.repository_id + ':' + assertion.run_id",
          [`attribute.${attribute}`]: `${deploy} ? 'deploy' : 'diff'`,
        },
        attributeCondition: `${from(repository)} && (${deploy} || ${diff})`,
        oidc: { issuerUri: `https://${githubIssuer}` },
      },
    },
    member: (role) => `principalSet://iam.googleapis.com/${name}/attribute.${attribute}/${role}`,
  }
}

/** By the numbers where they are known: a name can be somebody else's tomorrow. All claims are texts. */
const from = ({ owner, name, ids }: GithubRepository): string =>
  ids === undefined
    ? `assertion.repository == '${owner}/${name}'`
    : `assertion.repository_owner_id == '${ids.owner}' && assertion.repository_id == '${ids.name}'`

/**
 * A situation in the Common Expression Language. Texts were checked: none holds a quote. Source: "OpenID Connect reference"
 * of the GitHub documentation; only jobs with an environment have that claim.
 */
function situation(when: GithubTrust['when']): string {
  switch (when.kind) {
    case 'branch':
      // Workflows that a pull request begins can have the branch that it goes to as their own.
      return `(assertion.ref == 'refs/heads/${when.branch}' && !assertion.event_name.startsWith('pull_request'))`
    case 'environment':
      return `(has(assertion.environment) && assertion.environment == '${when.environment}')`
    case 'pull-request':
      return "(assertion.event_name == 'pull_request')"
  }
}

/** For people: whose workflows. */
export function workflowsOf({ repository: { owner, name }, when }: GithubTrust): string {
  const whose = `of ${owner}/${name}`
  switch (when.kind) {
    case 'branch':
      return `workflows ${whose} on branch ${when.branch}`
    case 'environment':
      return `jobs ${whose} in environment ${when.environment}`
    case 'pull-request':
      return `pull requests ${whose}`
  }
}
