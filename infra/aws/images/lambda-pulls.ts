import type { Plan } from '../../../core/plan/schema.ts'
import type { Account } from '../account.ts'
import { ecrRegistry, type Registry } from './registry.ts'
import { repositoryOf } from './repository.ts'

const needed = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']

/**
 * Lambda takes images only from a repository whose own policy lets it. The one of the bootstrap stack does; this answers
 * what has to be added to a given one, as a warning, or nothing. Source: "Amazon ECR permissions" in the Lambda guide.
 */
export async function lambdaPullWarning(
  plan: Plan,
  account: Account,
  registryOf: (plan: Plan, account: Account) => Pick<Registry, 'policy'> = (plan, account) =>
    ecrRegistry(account, repositoryOf(plan, account)),
): Promise<string | undefined> {
  if (plan.repository === undefined || !plan.agents.some(({ compute }) => compute === 'lambda')) return undefined
  if (allowsLambda(await registryOf(plan, account).policy())) return undefined
  const statement = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: needed }
  return `the policy of repository ${plan.repository} does not let Lambda take images from it; add ${JSON.stringify(statement)}`
}

function allowsLambda(policy: string | undefined): boolean {
  if (policy === undefined) return false
  const { Statement: statements = [] } = JSON.parse(policy) as { Statement?: PolicyStatement | PolicyStatement[] }
  const allowed = [statements].flat().filter(({ Effect, Principal }) => Effect === 'Allow' && isLambda(Principal))
  const actions = new Set(allowed.flatMap(({ Action }) => Action))
  return needed.every((action) => actions.has(action)) || actions.has('ecr:*') || actions.has('*')
}

interface PolicyStatement {
  readonly Effect: string
  readonly Principal: '*' | { readonly Service?: string | readonly string[] }
  readonly Action: string | string[]
}

const isLambda = (principal: PolicyStatement['Principal']): boolean =>
  principal === '*' || [principal.Service ?? []].flat().includes('lambda.amazonaws.com')
