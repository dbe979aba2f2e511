import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cloudPlan } from '../../cli/deploy/cloud-plan.ts'
import { deployRoles, diffPermissions } from '../../core/plan/targets/gcp-deploy-permissions.ts'
import { gatewayKey, keyId, startGoogleGateway } from '../cloud-client-gcp/google-gateway.ts'
import { noPulumi, openSite, googleProject as pulumiProject } from '../deploy-gcp/site.ts'
import { textOf } from '../docs/markdown.ts'
import type { FakeGoogle } from '../support/google/fake-google.ts'
import { type GoogleSite, googleProject, openGoogleSite } from '../support/google/google-site.ts'
import { putStack } from '../support/google/standing-stack.ts'
import { agentFiles } from '../support/synth-project.ts'

/**
 * What each role of the list is for, as methods of Google's APIs. Source: "IAM basic and predefined roles reference". Google
 * can change what is in a role, and what a method asks for; that the list is enough is proved by Google alone.
 */
const methodsOf: Readonly<Record<string, RegExp>> = {
  'roles/serviceusage.serviceUsageAdmin': /^serviceusage\.services\./,
  'roles/browser': /^cloudresourcemanager\.projects\.get$/,
  'roles/storage.admin': /^storage\./,
  'roles/secretmanager.admin': /^secretmanager\.projects\.secrets\./,
  'roles/artifactregistry.admin': /^artifactregistry\.projects\.locations\.repositories\./,
  'roles/cloudbuild.builds.editor': /^cloudbuild\.projects\.(?:locations\.)?builds\./,
  'roles/logging.configWriter': /^logging\.projects\.sinks\./,
  'roles/logging.viewer': /^logging\.entries\.list$/,
  'roles/datastore.owner': /^firestore\.projects\.databases\./,
  'roles/run.admin': /^run\.projects\.locations\./,
  'roles/cloudfunctions.admin': /^cloudfunctions\.projects\.locations\.functions\./,
  'roles/cloudscheduler.admin': /^cloudscheduler\.projects\.locations\.jobs\./,
  'roles/pubsub.admin': /^pubsub\.projects\./,
  'roles/iam.serviceAccountAdmin': /^iam\.projects\.serviceAccounts\.(?!actAs)/,
  'roles/iam.roleAdmin': /^iam\.projects\.roles\./,
  'roles/resourcemanager.projectIamAdmin': /^cloudresourcemanager\.projects\.[gs]etIamPolicy$/,
}

/** What Pulumi makes goes by its provider, whose calls are not seen here: by type. */
const typesOf: Readonly<Record<string, RegExp>> = {
  'roles/storage.admin': /^gcp:storage\//,
  'roles/secretmanager.admin': /^gcp:secretmanager\//,
  'roles/artifactregistry.admin': /^gcp:artifactregistry\//,
  'roles/logging.configWriter': /^gcp:logging\/projectSink:/,
  'roles/datastore.owner': /^gcp:firestore\//,
  'roles/run.admin': /^gcp:cloudrunv2\//,
  'roles/cloudfunctions.admin': /^gcp:cloudfunctionsv2\//,
  'roles/cloudscheduler.admin': /^gcp:cloudscheduler\//,
  'roles/pubsub.admin': /^gcp:pubsub\//,
  'roles/iam.serviceAccountAdmin': /^gcp:serviceaccount\//,
  'roles/iam.roleAdmin': /^gcp:projects\/iAMCustomRole:/,
  'roles/resourcemanager.projectIamAdmin': /^gcp:projects\/iAMMember:/,
}

/** Roles that no call shows, each with its reason. */
const unseen: Readonly<Record<string, string>> = {
  'roles/iam.serviceAccountUser': 'no request of its own: asked for when a job or a function is given its account',
}

const roles = deployRoles.flatMap(({ names }) => names)

const grantedBy = (table: Readonly<Record<string, RegExp>>, what: string): string[] =>
  roles.filter((role) => table[role]?.test(what) === true)

const idsOf = ({ calls }: FakeGoogle, from = 0): string[] => [
  ...new Set(calls.slice(from).map(({ id, method, path }) => id ?? `${method} ${path}`)),
]

/** What comparing asks for, by the documentation of each method. */
const permissionOf: Readonly<Record<string, string>> = {
  'cloudresourcemanager.projects.get': 'resourcemanager.projects.get',
  'storage.buckets.get': 'storage.buckets.get',
  'firestore.projects.databases.get': 'datastore.databases.getMetadata',
  'secretmanager.projects.secrets.get': 'secretmanager.secrets.get',
  'secretmanager.projects.secrets.versions.get': 'secretmanager.versions.get',
  'cloudfunctions.projects.locations.functions.get': 'cloudfunctions.functions.get',
  'iam.projects.roles.get': 'iam.roles.get',
  'logging.projects.sinks.get': 'logging.sinks.get',
  'pubsub.projects.subscriptions.get': 'pubsub.subscriptions.get',
  'pubsub.projects.topics.get': 'pubsub.topics.get',
}

const described = process.env.AL_GOOGLE_DISCOVERY
if (!described) console.warn('test/ci: permissions on Google Cloud are skipped: AL_GOOGLE_DISCOVERY is not set')

describe.skipIf(!described)("the rights of CI's accounts on Google Cloud", { timeout: 300_000 }, () => {
  let site: GoogleSite
  const asked = new Set<string>()
  const made = new Set<string>()
  let whileComparing: readonly string[] = []

  async function operate() {
    site = await openGoogleSite()
    const { google } = site
    const project = googleProject('rights', agentFiles('dev', 'schedule = "0 6 * * *"\n'))
    const plan = cloudPlan({ project })
    for (const { id } of [...plan.gateway.secrets, ...plan.agents.flatMap(({ secrets }) => secrets)]) {
      google.secrets.put(id, 'canary')
    }
    google.secrets.put(keyId, gatewayKey)
    await putStack(google, plan, project)
    // Somebody changes what is put right again.
    const [agent] = plan.agents
    google.run.put('jobs', agent?.resource ?? '', { ...google.run.jobs.get(agent?.resource ?? ''), labels: {} })
    google.iam.putAccount(agent?.account ?? '', { disabled: true })
    const [role] = plan.google?.roles ?? []
    google.iam.putRole(role?.name ?? '', { includedPermissions: [] })
    google.projects.policies.grant(
      google.project,
      'roles/owner',
      `serviceAccount:${agent?.account}@acme-cloud.iam.gserviceaccount.com`,
    )
    const { code, stderr } = await site.al(['doctor', '-c', '-p', project, '--yes', '--prune'])
    expect(code, stderr).toBe(0)
    const gateway = await startGoogleGateway(google, plan)
    try {
      for (const command of [['stat'], ['logs', 'dev'], ['logs']]) {
        const env = { AL_GATEWAY_URL: gateway.reachable }
        const operated = await site.al([...command, '-c', '-p', project], env)
        expect(operated.code, `al ${command.join(' ')}\n${operated.stderr}`).toBe(0)
      }
    } finally {
      await gateway.stop()
    }
    for (const id of idsOf(google)) asked.add(id)
  }

  async function deployAndDestroy() {
    const project = pulumiProject('rights')
    const site = await openSite(project)
    try {
      const succeed = async (...args: string[]) => {
        const { code, stderr } = await site.al([...args, '-p', project])
        expect(code, `al ${args.join(' ')}\n${stderr}`).toBe(0)
      }
      await succeed('diff')
      whileComparing = idsOf(site.google)
      await succeed('deploy', '--yes')
      for (const { type } of Object.values(site.world())) made.add(type)
      const before = site.google.calls.length
      await succeed('diff')
      whileComparing = [...new Set([...whileComparing, ...idsOf(site.google, before)])]
      await succeed('destroy', '--yes', '--all')
      for (const id of idsOf(site.google)) asked.add(id)
    } finally {
      await site.stop()
    }
  }

  beforeAll(async () => {
    await operate()
    if (noPulumi === undefined) await deployAndDestroy()
  }, 600_000)
  afterAll(() => site?.stop())

  test('let it do all that was asked for', () => {
    expect([...asked].filter((id) => grantedBy(methodsOf, id).length === 0).sort()).toEqual([])
    expect([...made].filter((type) => type.startsWith('gcp:') && grantedBy(typesOf, type).length === 0)).toEqual([])
  })

  test.skipIf(noPulumi)('hold no role that nothing needed', () => {
    const used = new Set([
      ...[...asked].flatMap((id) => grantedBy(methodsOf, id)),
      ...[...made].flatMap((type) => grantedBy(typesOf, type)),
    ])
    expect(roles.filter((role) => !used.has(role) && !(role in unseen))).toEqual([])
  })

  test.skipIf(noPulumi)('let a pull request read what comparing asked for, and no value of a secret', () => {
    const permissions = diffPermissions.flatMap(({ names }) => names)
    const needed = whileComparing.map((id) => permissionOf[id] ?? `something for ${id}`)
    expect(needed.filter((one) => !permissions.includes(one))).toEqual([])
    // State lies in a directory here, and in a bucket elsewhere.
    const known = new Set([...needed, 'storage.buckets.get'])
    expect(permissions.filter((one) => !known.has(one))).toEqual([])
    expect(permissions.filter((one) => /access|entities|create|update|delete/.test(one))).toEqual([])
  })
})

test('the table of docs/gcp.md is the list of roles', () => {
  const [, block = ''] =
    /<!-- permissions: begin -->\n([\s\S]*?)<!-- permissions: end -->/.exec(textOf('docs/gcp.md')) ?? []
  const rows = deployRoles.map(({ names, why }) => `| ${names.map((name) => `\`${name}\``).join(', ')} | ${why} |`)
  expect(block.trim().split('\n').slice(2)).toEqual(rows)
})
