import type { Plan } from '../../../core/plan/schema.ts'
import {
  deployRoles,
  diffPermissions,
  diffStateRole,
  googleCiNames,
} from '../../../core/plan/targets/gcp-deploy-permissions.ts'
import type { GithubRepository, GithubTrust } from '../../github/repository.ts'
import type { Binding } from '../doctor/policy.ts'
import { stackPlace } from '../stack-place.ts'
import { type IdentityPool, identityPool, workflowsOf } from './identity-pool.ts'

/** A service account as it should be. */
export interface CiAccount {
  readonly email: string
  readonly description: string
  /** For people: whose workflows may be it. */
  readonly subject: string
  /** Its own policy, the whole of it: who may be it. */
  readonly bindings: readonly Binding[]
  /** What it may do in the Google Cloud project: all that a policy says of it. */
  readonly roles: readonly Pick<Binding, 'role' | 'condition'>[]
}

/** A role of the project's own. */
export interface CustomRole {
  readonly id: string
  readonly title: string
  readonly permissions: readonly string[]
}

/** Everything that lets workflows of GitHub compare and deploy. */
export interface GithubAccess {
  readonly pool: IdentityPool
  readonly deploy: CiAccount
  readonly diff: CiAccount
  readonly diffRole: CustomRole
}

/** Pull requests may look, the branch (or the environment) may deploy. `place` is the Google Cloud project. */
export function githubAccess(
  plan: Plan,
  place: { readonly project: string; readonly number: string },
  repository: GithubRepository,
  deployWhen: GithubTrust['when'],
): GithubAccess {
  const names = googleCiNames(plan)
  const pool = identityPool(plan, place.number, repository, deployWhen)
  const account = (role: 'deploy' | 'diff', what: string, when: GithubTrust['when'], roles: CiAccount['roles']) => ({
    email: names[role],
    description: `Action Llama: ${what} of ${plan.project} (${plan.environment})`,
    subject: workflowsOf({ repository, when }),
    bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [pool.member(role)] }],
    roles,
  })
  const diffRole: CustomRole = {
    id: names.diffRole,
    title: 'Compare with what is deployed',
    permissions: diffPermissions.flatMap((rights) => rights.names).sort(),
  }
  return {
    pool,
    deploy: account(
      'deploy',
      'deploys',
      deployWhen,
      deployRoles.flatMap((rights) => rights.names.map((role) => ({ role }))),
    ),
    diff: account('diff', 'comparisons', { kind: 'pull-request' }, [
      { role: `projects/${place.project}/roles/${diffRole.id}` },
      { role: diffStateRole, condition: inBucket(stackPlace(plan).bucket) },
    ]),
    diffRole,
  }
}

/** The bucket need not be there yet. Source: "Resource attributes for IAM Conditions": lists are asked of the bucket. */
const inBucket = (bucket: string) => ({
  title: 'state of deploys',
  expression: `resource.name == "projects/_/buckets/${bucket}" || resource.name.startsWith("projects/_/buckets/${bucket}/objects/")`,
})
