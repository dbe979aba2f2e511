import { runInNewContext } from 'node:vm'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cloudPlan } from '../../cli/deploy/cloud-plan.ts'
import { deployRoles, googleCiNames } from '../../core/plan/targets/gcp-deploy-permissions.ts'
import { googleProject, openGoogleSite } from '../support/google/google-site.ts'
import { googleError } from '../support/google/service.ts'
import { agentFiles } from '../support/synth-project.ts'

async function setUp() {
  const site = await openGoogleSite()
  onTestFinished(site.stop)
  const project = googleProject('acme', agentFiles('dev'))
  const names = googleCiNames(cloudPlan({ project }))
  const pool = `projects/${site.google.number}/locations/global/workloadIdentityPools/${names.pool}`
  const given = ['setup', 'cloud', '-p', project, '--json']
  const idOf = (email: string) => email.slice(0, email.indexOf('@'))
  return {
    google: site.google,
    al: site.al,
    project,
    names,
    pool,
    provider: () => site.google.iam.pools.get(`${pool}/providers/github`) as unknown as Provider,
    policyOf: (email: string) => site.google.iam.policies.bindings(idOf(email)),
    rolesOf: (email: string) =>
      site.google.projects.policies
        .bindings('acme-cloud')
        .filter(({ members }) => members.includes(`serviceAccount:${email}`))
        .map(({ role }) => role)
        .sort(),
    setup: (...args: readonly string[]) => site.al([...given, ...args]),
    async done(...args: readonly string[]): Promise<string[]> {
      const { code, stdout, stderr } = await site.al([...given, '--yes', '--github', ...args])
      expect(code, stderr).toBe(0)
      return JSON.parse(stdout).github.done
    },
  }
}

interface Provider {
  readonly attributeMapping: Readonly<Record<string, string>>
  readonly attributeCondition: string
  readonly oidc: unknown
}

type Claims = Readonly<Record<string, string>>

/** What a token becomes by the provider: a role, or nothing. The expressions are of a kind that JavaScript has, too, but for `has`. */
function roleOf({ attributeMapping, attributeCondition }: Provider, assertion: Claims): string | undefined {
  const evaluate = (expression: string): unknown =>
    runInNewContext(expression.replaceAll(/has\(assertion\.(\w+)\)/g, '("$1" in assertion)'), { assertion })
  return evaluate(attributeCondition) === true ? String(evaluate(attributeMapping['attribute.role'] ?? '')) : undefined
}

const token = (claims: Claims): Claims => ({
  repository: 'acme/agents',
  repository_id: '34',
  repository_owner_id: '12',
  event_name: 'push',
  ref: 'refs/heads/main',
  run_id: '9',
  ...claims,
})

const writes = (calls: readonly { readonly method: string; readonly path: string }[]) =>
  calls.filter(({ method, path }) => method !== 'GET' && !path.endsWith(':getIamPolicy')).map(({ path }) => path)

test('GitHub gets two accounts without keys, and a second run changes nothing', async () => {
  const { google, names, pool, provider, policyOf, rolesOf, setup, done } = await setUp()
  const { code, stdout, stderr } = await setup('--yes', '--github', 'acme@12/agents@34')
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout).github).toMatchObject({
    repository: 'acme@12/agents@34',
    provider: `${pool}/providers/github`,
    deployAccount: names.deploy,
    diffAccount: names.diff,
  })
  expect(provider().oidc).toEqual({ issuerUri: 'https://token.actions.githubusercontent.com' })
  for (const role of ['deploy', 'diff'] as const) {
    expect(policyOf(names[role])).toEqual([
      {
        role: 'roles/iam.workloadIdentityUser',
        members: [`principalSet://iam.googleapis.com/${pool}/attribute.role/${role}`],
      },
    ])
  }
  expect(rolesOf(names.deploy)).toEqual(deployRoles.flatMap((rights) => rights.names).sort())
  expect(rolesOf(names.diff)).toEqual([`projects/acme-cloud/roles/${names.diffRole}`, 'roles/storage.objectViewer'])
  expect(google.calls.filter(({ path }) => path.endsWith('/keys'))).toEqual([])
  const before = google.calls.length
  expect(await done('acme@12/agents@34')).toEqual([])
  expect(writes(google.calls.slice(before))).toEqual([])
})

describe('a token of GitHub', () => {
  test('may be what its branch or its pull request lets it be, by the ids of the repository', async () => {
    const { provider, done } = await setUp()
    await done('acme@12/agents@34')
    const roles = (claims: Claims) => roleOf(provider(), token(claims))
    expect(roles({}), 'a push to the branch').toBe('deploy')
    expect(roles({ event_name: 'pull_request', ref: 'refs/pull/7/merge' }), 'a pull request').toBe('diff')
    const refused: readonly Claims[] = [
      { ref: 'refs/heads/other' },
      { ref: 'refs/tags/main' },
      { event_name: 'pull_request_target' },
      { repository_id: '99' },
      { repository_owner_id: '99' },
      { environment: 'production', ref: 'refs/heads/other' },
    ]
    for (const claims of refused) expect(roles(claims), JSON.stringify(claims)).toBeUndefined()
  })

  test('deploys from an environment of the repository where one was named, and from no branch', async () => {
    const { provider, done } = await setUp()
    await done('acme/agents', '--github-environment', 'production')
    const environment = 'production'
    expect(roleOf(provider(), token({ environment }))).toBe('deploy')
    expect(roleOf(provider(), token({}))).toBeUndefined()
    expect(roleOf(provider(), token({ event_name: 'pull_request' }))).toBe('diff')
    expect(roleOf(provider(), token({ environment: 'staging' }))).toBeUndefined()
    expect(roleOf(provider(), token({ environment, repository: 'acme/agents2' }))).toBeUndefined()
  })
})

test('what somebody changed is put right, and rights of others stay', async () => {
  const { google, names, pool, provider, policyOf, rolesOf, done } = await setUp()
  google.projects.policies.grant('acme-cloud', 'roles/run.admin', 'user:owner@acme.dev')
  await done('acme/agents')
  const before = provider()
  const providerName = `${pool}/providers/github`
  google.iam.pools.set(providerName, {
    ...before,
    attributeCondition: 'true',
    oidc: { ...Object(before.oidc), jwksJson: '{}' },
  })
  google.iam.policies.grant(names.diff.replace(/@.*/, ''), 'roles/iam.serviceAccountTokenCreator', 'allUsers')
  google.projects.policies.grant('acme-cloud', 'roles/owner', `serviceAccount:${names.diff}`)
  google.projects.policies.revoke('acme-cloud', 'roles/run.admin', `serviceAccount:${names.deploy}`)
  expect(await done('acme/agents')).toHaveLength(4)
  expect(provider()).toEqual(before)
  expect(policyOf(names.diff)).toHaveLength(1)
  expect(rolesOf(names.diff)).not.toContain('roles/owner')
  expect(rolesOf(names.deploy)).toContain('roles/run.admin')
  expect(google.projects.policies.members('acme-cloud', 'roles/run.admin')).toContain('user:owner@acme.dev')
  expect(await done('acme/agents')).toEqual([])
})

test('what was deleted a while ago is taken back', async () => {
  const { google, names, pool, done } = await setUp()
  await done('acme/agents')
  google.iam.pools.set(pool, { ...google.iam.pools.get(pool), state: 'DELETED' })
  google.iam.putRole(names.diffRole, { ...google.iam.roles.get(names.diffRole), deleted: true })
  expect(await done('acme/agents')).toEqual([
    expect.stringMatching(/^take back identity pool/),
    expect.stringMatching(/^take back role/),
  ])
  expect(google.iam.pools.get(pool)).toMatchObject({ state: 'ACTIVE' })
})

test('an account that Google does not know everywhere yet is waited for', async () => {
  const { google, names, rolesOf, done } = await setUp()
  google.next(/:setIamPolicy/, googleError(400, `Service account ${names.diff} does not exist.`))
  await done('acme/agents')
  expect(rolesOf(names.diff)).toHaveLength(2)
})

test.each(['an account', 'a pool'])('%s of the same name that is not ours is kept as it is', async (what) => {
  const { google, names, pool, setup } = await setUp()
  if (what === 'a pool') google.iam.pools.set(pool, { name: pool, state: 'ACTIVE', description: 'of somebody' })
  else google.iam.putAccount(names.deploy.replace(/@.*/, ''), { description: 'of somebody' })
  const { code, stderr } = await setup('--yes', '--github', 'acme/agents')
  expect([code, stderr]).toEqual([3, expect.stringContaining('exists and is not ours')])
  expect(writes(google.calls)).toEqual([])
})

test('GitHub gets nothing without its repository, and what is no repository is refused before anybody is asked', async () => {
  const { google, setup } = await setUp()
  expect(JSON.parse((await setup('--yes')).stdout).github).toBeNull()
  expect(writes(google.calls)).toEqual([])
  const before = google.calls.length
  expect(await setup('--yes', '--github', 'acme/*')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is not a repository'),
  })
  expect(google.calls.slice(before)).toEqual([])
})

test('the APIs that signing in goes through are enabled with the rest', async () => {
  const { google, done } = await setUp()
  google.apis.disabled.add('iamcredentials.googleapis.com')
  expect(await done('acme/agents')).toContain('enable iamcredentials.googleapis.com')
  expect([...google.apis.disabled]).toEqual([])
})

test('another project than the one that was named is refused', async () => {
  const { setup } = await setUp()
  expect(await setup('--yes', '--account', '111111111111')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('has the number 123456789012'),
  })
})
