import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriftingSite, type Json, memberOf, openDriftingSite, told } from './drifting-site.ts'

/** Each test changes something behind the project's back, and leaves it as the doctor has put it. */
describe('who may do what in Google Cloud', { timeout: 120_000 }, () => {
  let site: DriftingSite
  beforeAll(async () => {
    site = await openDriftingSite('rights')
  })
  afterAll(() => site?.stop())

  test('a right that is missing comes back, one too many goes, and those of others stay', async () => {
    const [first] = site.agent('dev').secrets
    const other = site.plan.gateway.secrets.find(({ why }) => why === 'control')
    if (first === undefined || other === undefined) throw new Error('no secrets')
    const accessor = 'roles/secretmanager.secretAccessor'
    const { policies } = site.google.secrets
    policies.revoke(first.id, accessor, site.agent('dev').member)
    policies.grant(other.id, accessor, site.agent('dev').member)
    policies.grant(other.id, accessor, 'user:someone@example.com')
    site.google.projects.policies.grant('acme-cloud', 'roles/editor', site.agent('ops').member)
    site.google.projects.policies.grant('acme-cloud', 'roles/owner', 'user:someone@example.com')
    const { drift } = await site.doctor('--check')
    expect(told(drift, `rights of ${site.agent('dev').account}`)).toBe(
      `${accessor} on secret ${first.id}: granted | (none)\n${accessor} on secret ${other.id}: (none) | granted`,
    )
    expect(told(drift, `rights of ${site.agent('ops').account}`)).toBe(
      'roles/editor on project acme-cloud: (none) | granted',
    )
    await site.putsRight()
    expect(policies.members(other.id, accessor)).toContain('user:someone@example.com')
    expect(site.google.projects.policies.members('acme-cloud', 'roles/owner')).toEqual(['user:someone@example.com'])
    expect(site.google.projects.policies.members('acme-cloud', 'roles/editor')).toEqual([])
  })

  test('a right under a condition is not the same without it', async () => {
    const gateway = memberOf(String(site.plan.google?.accounts.gateway))
    const { policies } = site.google.projects
    const binding = policies.bindings('acme-cloud').find(({ role }) => role === 'roles/datastore.user')
    policies.revoke('acme-cloud', 'roles/datastore.user', gateway)
    policies.grant('acme-cloud', 'roles/datastore.user', gateway)
    const { drift } = await site.doctor('--check')
    expect(told(drift, `rights of ${site.plan.google?.accounts.gateway}`)).toMatch(
      /^roles\/datastore.user on project acme-cloud, if resource.name == \S+: granted \| \(none\)\nroles\/datastore.user on project acme-cloud: \(none\) \| granted$/,
    )
    await site.putsRight()
    expect(policies.bindings('acme-cloud').find(({ role }) => role === 'roles/datastore.user')).toEqual(binding)
  })

  test('what others write into a policy meanwhile is kept', async () => {
    const { policies } = site.google.projects
    policies.grant('acme-cloud', 'roles/editor', site.agent('dev').member)
    policies.grant('acme-cloud', 'roles/viewer', 'user:someone@example.com')
    // The first write comes too late.
    site.google.next(/POST cloudresourcemanager.*:setIamPolicy/, { status: 409, body: {} })
    await site.putsRight()
    expect(policies.members('acme-cloud', 'roles/viewer')).toEqual(['user:someone@example.com'])
  })

  test('the gateway is open to callers again', async () => {
    const { gateway } = site.plan.names
    site.google.run.policies.revoke(`services/${gateway}`, 'roles/run.invoker', 'allUsers')
    const { drift } = await site.doctor('--check')
    expect(told(drift, 'rights of everybody')).toBe(`roles/run.invoker on gateway ${gateway}: granted | (none)`)
    await site.putsRight()
  })

  test('service accounts: one that is disabled is enabled, one that was deleted is taken back', async () => {
    const { accounts, putAccount, remove } = site.google.iam
    putAccount(site.agent('dev').account, { disabled: true })
    remove(site.agent('ops').account)
    const { drift } = await site.doctor('--check')
    expect(told(drift, `service account ${site.agent('dev').account}`)).toBe('it: enabled | disabled')
    expect(told(drift, `service account ${site.agent('ops').account}`)).toBe('it: there | removed')
    await site.putsRight()
    expect(accounts.has(site.agent('ops').account)).toBe(true)
  })

  test('the role of the gateway permits what it did, and no more', async () => {
    const { roles, putRole } = site.google.iam
    const [id = ''] = [...roles.keys()]
    const before = roles.get(id) as Json
    putRole(id, { ...before, includedPermissions: ['run.jobs.delete'], deleted: true })
    const { drift } = await site.doctor('--check')
    expect(told(drift, `role ${id}`)).toMatch(
      /^it: there \| removed\npermissions: .*run\.jobs\.run.* \| run\.jobs\.delete$/,
    )
    await site.putsRight()
  })

  test('permissions that the caller lacks are named, and what could be done is done', async () => {
    site.google.projects.policies.grant('acme-cloud', 'roles/editor', site.agent('dev').member)
    site.google.next(/setIamPolicy/, {
      status: 403,
      body: {
        error: {
          code: 403,
          status: 'PERMISSION_DENIED',
          message: "Permission 'resourcemanager.projects.setIamPolicy' denied on resource '//x' (or it may not exist).",
        },
      },
    })
    const { code, stderr } = await site.doctor('--yes')
    expect(code).toBe(5)
    expect(stderr).toContain('the permission resourcemanager.projects.setIamPolicy is missing')
    await site.putsRight()
  })
})
