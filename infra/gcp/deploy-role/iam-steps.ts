import { isDeepStrictEqual } from 'node:util'
import type { Step } from '../../github/step.ts'
import type { GoogleAccount } from '../account.ts'
import { waitForOperation } from '../deploy/operation.ts'
import { answered } from '../google-api.ts'
import { GoogleFailure } from '../google-failure.ts'
import type { CustomRole } from './ci-accounts.ts'
import type { IdentityPool } from './identity-pool.ts'

const iam = 'https://iam.googleapis.com/v1/'

/** A pool, or a provider in it, as far as it is looked at. */
interface Found {
  readonly state?: string
  readonly disabled?: boolean
  readonly description?: string
  readonly attributeMapping?: unknown
  readonly attributeCondition?: unknown
  readonly oidc?: Readonly<Record<string, unknown>>
}

/** The pool and its provider. What was deleted is kept for thirty days, and taken back. */
export async function poolSteps(pool: IdentityPool, account: GoogleAccount): Promise<Step[]> {
  const { provider } = pool
  const [found, foundProvider] = (await Promise.all(
    [pool.name, provider.name].map((name) => answered(account.api('GET', iam + name))),
  )) as (Found | undefined)[]
  if (found !== undefined && found.description !== pool.description) {
    throw new GoogleFailure(
      'configuration',
      `the identity pool ${pool.id} exists and is not ours (its description is ${JSON.stringify(found.description ?? '')}): remove it, or give it the description ${JSON.stringify(pool.description)}`,
    )
  }
  const parent = pool.name.slice(0, pool.name.lastIndexOf('/'))
  return [
    ...thereSteps(`identity pool ${pool.id}`, found, account, {
      name: pool.name,
      create: `${parent}?workloadIdentityPoolId=${pool.id}`,
      body: { description: pool.description, disabled: false },
      differs: found?.disabled === true,
      changed: `turn identity pool ${pool.id} on again`,
    }),
    ...thereSteps(`provider ${provider.id} in it, for GitHub's workflows`, foundProvider, account, {
      name: provider.name,
      create: `${pool.name}/providers?workloadIdentityPoolProviderId=${provider.id}`,
      body: { ...provider.wanted, disabled: false },
      differs: foundProvider !== undefined && !isAsWanted(foundProvider, provider.wanted),
      changed: `accept in ${pool.id} the workflows of this repository, and nobody else's`,
    }),
  ]
}

/** Keys of its own, other audiences or another address for keys would let others in. */
function isAsWanted(found: Found, { oidc, ...wanted }: IdentityPool['provider']['wanted']): boolean {
  const { disabled, attributeMapping, attributeCondition } = found
  const { allowedAudiences = [], ...rest } = found.oidc ?? {}
  return (
    disabled !== true &&
    isDeepStrictEqual({ attributeMapping, attributeCondition }, wanted) &&
    isDeepStrictEqual(rest, oidc) &&
    isDeepStrictEqual(allowedAudiences, [])
  )
}

interface Wanted {
  readonly name: string
  /** Path and query that make it. */
  readonly create: string
  readonly body: Readonly<Record<string, unknown>>
  readonly differs: boolean
  /** For people: what changing it does. */
  readonly changed: string
}

function thereSteps(
  shown: string,
  found: Found | undefined,
  account: GoogleAccount,
  { name, create, body, differs, changed }: Wanted,
): Step[] {
  const step = (what: string, method: 'POST' | 'PATCH', path: string, sent: unknown): Step => ({
    what,
    async apply() {
      const operation = await answered(account.api(method, iam + path, { body: sent }), [])
      await waitForOperation(operation ?? {}, iam, account)
    },
  })
  if (found === undefined) return [step(`make ${shown}`, 'POST', create, body)]
  return [
    ...(found.state === 'DELETED' ? [step(`take back ${shown}`, 'POST', `${name}:undelete`, {})] : []),
    ...(differs ? [step(changed, 'PATCH', `${name}?updateMask=${Object.keys(body).join(',')}`, body)] : []),
  ]
}

/** The role that says what comparing takes. One that was deleted is there for another week, and is taken back. */
export async function roleSteps(role: CustomRole, { api, project }: GoogleAccount): Promise<Step[]> {
  const roles = `${iam}projects/${project}/roles`
  const url = `${roles}/${role.id}`
  const found = await answered(api('GET', url))
  const body = { title: role.title, includedPermissions: role.permissions, stage: 'GA' }
  const step = (what: string, apply: () => Promise<unknown>): Step => ({
    what,
    apply: async () => void (await apply()),
  })
  if (found === undefined) {
    return [
      step(`make role ${role.id} for comparing`, () =>
        answered(api('POST', roles, { body: { roleId: role.id, role: body } }), []),
      ),
    ]
  }
  const permissions = [...((found.includedPermissions ?? []) as readonly string[])].sort()
  return [
    ...(found.deleted === true
      ? [step(`take back role ${role.id}`, () => answered(api('POST', `${url}:undelete`, { body: {} }), []))]
      : []),
    ...(isDeepStrictEqual(permissions, role.permissions)
      ? []
      : [
          step(`write what role ${role.id} permits`, () =>
            answered(
              api('PATCH', `${url}?updateMask=includedPermissions`, {
                body: { includedPermissions: role.permissions },
              }),
              [],
            ),
          ),
        ]),
  ]
}
