import { Account } from '@pulumi/gcp/serviceaccount/account.js'
import type { Resource } from '@pulumi/pulumi/resource.js'
import type { Statement } from '../../../core/plan/schema.ts'
import type { Site } from '../site.ts'
import { addGrants } from './grants.ts'

export interface IdentityProps {
  /** The id of the service account. */
  readonly account: string
  readonly description: string
  readonly permissions: readonly Statement[]
}

export interface Identity {
  readonly account: Account
  /** What has to be there before the account can do its work. */
  readonly grants: readonly Resource[]
}

/** A service account and what it may do. `id` is what the names of its resources begin with. */
export function addIdentity(site: Site, id: string, { account, description, permissions }: IdentityProps): Identity {
  const identity = new Account(id, {
    project: site.project,
    accountId: account,
    displayName: description,
  })
  return { account: identity, grants: addGrants(site, id, identity, permissions) }
}
