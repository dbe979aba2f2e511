import { iamPolicies } from '../policies.ts'
import { done, googleError, notFound, serviceOf, type World } from '../service.ts'

type Json = Readonly<Record<string, unknown>>

/** Service accounts and custom roles by their ids, pools of outside identities by name. */
export function iam({ project, number }: World) {
  const accounts = new Map<string, Json>()
  const deleted = new Map<string, Json>()
  const roles = new Map<string, Json>()
  const pools = new Map<string, Json>()
  const policies = iamPolicies()
  let count = 0
  const emailOf = (id: string) => `${id}@${project}.iam.gserviceaccount.com`
  const idOf = (email = '') => email.split('@')[0] ?? ''
  const missing = (email = '') => notFound(`Service account ${email}`)
  const putAccount = (id: string, json: unknown = {}) => {
    const email = emailOf(id)
    const account = {
      ...(json as Json),
      name: `projects/${project}/serviceAccounts/${email}`,
      email,
      projectId: project,
      uniqueId: accounts.get(id)?.uniqueId ?? `1${String(++count).padStart(20, '0')}`,
    }
    accounts.set(id, account)
    return account
  }
  const putRole = (id: string, json: unknown) => {
    const role = { ...(json as Json), name: `projects/${project}/roles/${id}` }
    roles.set(id, role)
    return role
  }
  /** It can be taken back by its number for a while. */
  const remove = (id: string): boolean => {
    const account = accounts.get(id)
    if (account !== undefined) deleted.set(id, account)
    return accounts.delete(id)
  }
  const root = '/v1/projects/{project}'
  const pool = `${root}/locations/{location}/workloadIdentityPools`
  const poolsName = `projects/${number}/locations/global/workloadIdentityPools`
  const made = (name: string, json: unknown) => {
    if (pools.has(name)) return googleError(409, 'Requested entity already exists')
    const kept = { state: 'ACTIVE', ...(json as Json), name }
    pools.set(name, kept)
    return done(`${name}/operations/o`, kept)
  }
  const got = (name: string) => {
    const found = pools.get(name)
    return found === undefined ? notFound(name) : { body: found }
  }
  const changed = (name: string, json: unknown) => {
    const found = pools.get(name)
    if (found === undefined) return notFound(name)
    pools.set(name, { ...found, ...(json as Json) })
    return done(`${name}/operations/o`, pools.get(name))
  }
  return {
    accounts,
    roles,
    pools,
    /** By the id of a service account. */
    policies,
    putAccount,
    putRole,
    /** As somebody deletes an account in the console. */
    remove,
    service: serviceOf('iam.googleapis.com', {
      [`POST ${root}/serviceAccounts`]: (_, { json }) => {
        const { accountId, serviceAccount } = json as { accountId: string; serviceAccount?: unknown }
        if (!/^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$/.test(accountId)) return googleError(400, 'the id is not valid')
        if (accounts.has(accountId)) return googleError(409, `Service account ${accountId} already exists`)
        return { body: putAccount(accountId, serviceAccount) }
      },
      [`GET ${root}/serviceAccounts/{email}`]: ({ email }) => {
        const found = accounts.get(idOf(email))
        return found === undefined ? missing(email) : { body: found }
      },
      [`DELETE ${root}/serviceAccounts/{email}`]: ({ email }) => (remove(idOf(email)) ? { body: {} } : missing(email)),
      [`POST ${root}/serviceAccounts/{email}:enable`]: ({ email }) => {
        if (!accounts.has(idOf(email))) return missing(email)
        putAccount(idOf(email), { ...accounts.get(idOf(email)), disabled: false })
        return { body: {} }
      },
      [`POST ${root}/serviceAccounts/{email}:disable`]: ({ email }) => {
        if (!accounts.has(idOf(email))) return missing(email)
        putAccount(idOf(email), { ...accounts.get(idOf(email)), disabled: true })
        return { body: {} }
      },
      [`POST ${root}/serviceAccounts/{email}:getIamPolicy`]: ({ email }) =>
        accounts.has(idOf(email)) ? policies.answerGet(idOf(email)) : missing(email),
      [`POST ${root}/serviceAccounts/{email}:setIamPolicy`]: ({ email }, { json }) =>
        accounts.has(idOf(email)) ? policies.answerSet(idOf(email), json) : missing(email),
      'POST /v1/projects/-/serviceAccounts/{number}:undelete': ({ number }) => {
        const [id = '', account] = [...deleted].find(([, one]) => one.uniqueId === number) ?? []
        if (account === undefined) return missing(number)
        accounts.set(id, account)
        deleted.delete(id)
        return { body: { restoredAccount: account } }
      },
      [`POST ${root}/roles/{id}:undelete`]: ({ id = '' }) =>
        roles.has(id) ? { body: putRole(id, { ...roles.get(id), deleted: false }) } : notFound(`The role named ${id}`),
      [`GET ${root}/roles/{id}`]: ({ id = '' }) => {
        const found = roles.get(id)
        return found === undefined ? notFound(`The role named ${id}`) : { body: found }
      },
      [`POST ${root}/roles`]: (_, { json }) => {
        const { roleId, role } = json as { roleId: string; role: unknown }
        return roles.has(roleId)
          ? googleError(409, `A role named ${roleId} already exists`)
          : { body: putRole(roleId, role) }
      },
      [`PATCH ${root}/roles/{id}`]: ({ id = '' }, { json }) =>
        roles.has(id)
          ? { body: putRole(id, { ...roles.get(id), ...(json as Json) }) }
          : notFound(`The role named ${id}`),
      [`POST ${pool}`]: (_, { query, json }) => made(`${poolsName}/${query.get('workloadIdentityPoolId')}`, json),
      [`GET ${pool}/{id}`]: ({ id }) => got(`${poolsName}/${id}`),
      [`PATCH ${pool}/{id}`]: ({ id }, { json }) => changed(`${poolsName}/${id}`, json),
      [`POST ${pool}/{id}:undelete`]: ({ id }) => changed(`${poolsName}/${id}`, { state: 'ACTIVE' }),
      [`POST ${pool}/{id}/providers`]: ({ id }, { query, json }) =>
        made(`${poolsName}/${id}/providers/${query.get('workloadIdentityPoolProviderId')}`, json),
      [`GET ${pool}/{id}/providers/{provider}`]: ({ id, provider }) => got(`${poolsName}/${id}/providers/${provider}`),
      [`PATCH ${pool}/{id}/providers/{provider}`]: ({ id, provider }, { json }) =>
        changed(`${poolsName}/${id}/providers/${provider}`, json),
      [`POST ${pool}/{id}/providers/{provider}:undelete`]: ({ id, provider }) =>
        changed(`${poolsName}/${id}/providers/${provider}`, { state: 'ACTIVE' }),
    }),
  }
}
