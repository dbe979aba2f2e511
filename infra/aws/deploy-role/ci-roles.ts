import type { Plan, Statement } from '../../../core/plan/schema.ts'
import { ciPermissions, ciRoleNames } from '../../../core/plan/targets/deploy-permissions.ts'
import type { GithubRepository, GithubTrust } from '../../github/repository.ts'
import type { Account } from '../account.ts'
import { subjectOf, trustPolicy } from './github-trust.ts'

/** A role as it should be. */
export interface CiRole {
  readonly name: string
  readonly path: string
  readonly arn: string
  readonly description: string
  /** For people: whose workflows may take it on. */
  readonly subject: string
  readonly trust: unknown
  readonly policy: unknown
  readonly tags: Readonly<Record<string, string>>
}

export interface CiRoles {
  readonly deploy: CiRole
  readonly diff: CiRole
}

type Place = Pick<Account, 'account' | 'region' | 'partition'>

/** The two roles of a project's workflows: pull requests may look, the branch (or the environment) may deploy. */
export function ciRoles(
  plan: Plan,
  place: Place,
  repository: GithubRepository,
  deployWhen: GithubTrust['when'],
): CiRoles {
  const permissions = ciPermissions(plan)
  const names = ciRoleNames(plan)
  const role = (name: string, what: string, when: GithubTrust['when'], statements: readonly Statement[]): CiRole => ({
    name,
    path: names.path,
    arn: ciRoleArn(place, names.path, name),
    description: `Action Llama: ${what} of ${plan.project} (${plan.environment})`,
    subject: subjectOf({ repository, when }),
    trust: trustPolicy({ repository, when }, place),
    policy: policyOf(statements, place),
    tags: { 'al:stack': plan.names.prefix },
  })
  return {
    deploy: role(names.deploy, 'deploys', deployWhen, permissions.deploy),
    diff: role(names.diff, 'comparisons', { kind: 'pull-request' }, permissions.diff),
  }
}

const ciRoleArn = ({ account, partition }: Pick<Place, 'account' | 'partition'>, path: string, name: string): string =>
  `arn:${partition}:iam::${account}:role${path}${name}`

/** The statements as a policy of one account and region. */
function policyOf(statements: readonly Statement[], { account, region, partition }: Place): unknown {
  const resolved = (text: string) =>
    text
      .replaceAll('${AWS::Partition}', partition)
      .replaceAll('${AWS::Region}', region)
      .replaceAll('${AWS::AccountId}', account)
  return {
    Version: '2012-10-17',
    Statement: statements.map(({ actions, resources, conditions }) => ({
      Effect: 'Allow',
      Action: actions,
      Resource: resources.map(resolved),
      ...(conditions !== undefined && { Condition: conditions }),
    })),
  }
}
