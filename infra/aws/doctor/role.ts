import {
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { type Difference, none } from '../../doctor/finding.ts'
import type { Account } from '../account.ts'
import { policyDocument } from '../policy-document.ts'
import { asked } from '../secrets/asked.ts'
import type { Inspector } from './inspector.ts'
import { policyDifferences } from './policy-differences.ts'

interface Role {
  readonly RoleName: string
  readonly AssumeRolePolicyDocument: unknown
  readonly Policies?: readonly { readonly PolicyName: string; readonly PolicyDocument: unknown }[]
}

const absent = ['NoSuchEntity', 'NoSuchEntityException']

/** Who may take on a role, and what it may do: nothing but what the plan says, in one policy of its own. */
export function roleInspector(account: Pick<Account, 'region' | 'credentials'>): Inspector {
  const client = new IAMClient(account)
  return async (properties) => {
    const { RoleName, AssumeRolePolicyDocument, Policies = [] } = properties as unknown as Role
    const role = await asked(() => client.send(new GetRoleCommand({ RoleName })), { absent })
    if (role?.Role === undefined) return 'absent'
    const lines: Difference[] = []
    const repairs: (() => Promise<unknown>)[] = []

    const trust = policyDifferences(
      'trust',
      AssumeRolePolicyDocument,
      policyDocument(role.Role.AssumeRolePolicyDocument),
    )
    if (trust.length > 0) {
      lines.push(...trust)
      const PolicyDocument = JSON.stringify(AssumeRolePolicyDocument)
      repairs.push(() => client.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })))
    }
    const inline = await all(paginateListRolePolicies({ client }, { RoleName }), (page) => page.PolicyNames)
    for (const { PolicyName, PolicyDocument } of Policies) {
      const request = new GetRolePolicyCommand({ RoleName, PolicyName })
      const found = inline.includes(PolicyName) ? await asked(() => client.send(request), { absent }) : undefined
      const changed = policyDifferences(`policy ${PolicyName}`, PolicyDocument, policyDocument(found?.PolicyDocument))
      if (changed.length === 0) continue
      lines.push(...changed)
      const planned = { RoleName, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) }
      repairs.push(() => client.send(new PutRolePolicyCommand(planned)))
    }
    for (const PolicyName of inline.filter((name) => !Policies.some((one) => one.PolicyName === name))) {
      lines.push({ what: 'inline policy', expected: none, found: PolicyName })
      repairs.push(() => client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })))
    }
    const attached = paginateListAttachedRolePolicies({ client }, { RoleName })
    for (const PolicyArn of await all(attached, (page) => page.AttachedPolicies?.map((one) => one.PolicyArn ?? ''))) {
      lines.push({ what: 'attached policy', expected: none, found: PolicyArn })
      repairs.push(() => client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })))
    }
    return {
      differences: lines,
      repair: async () => {
        for (const step of repairs) await asked(step)
      },
    }
  }
}

async function all<Page, Item>(pages: AsyncIterable<Page>, items: (page: Page) => readonly Item[] | undefined) {
  const found: Item[] = []
  await asked(async () => {
    for await (const page of pages) found.push(...(items(page) ?? []))
  })
  return found
}
