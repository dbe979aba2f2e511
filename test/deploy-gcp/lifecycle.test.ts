import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentFiles, root } from '../support/synth-project.ts'
import { canary, everythingIn, googleProject, noPulumi, openSite, type Site } from './site.ts'

if (noPulumi !== undefined) console.warn(`test/deploy-gcp: skipped: ${noPulumi}`)

/** One project's life: each test goes on where the one before ended. */
describe.skipIf(noPulumi !== undefined)('a project on Google Cloud', { timeout: 400_000 }, () => {
  let site: Site
  const project = googleProject('life', {
    ...agentFiles('one'),
    ...agentFiles('two', 'scale = 0\nschedule = "0 6 * * *"\n'),
  })
  const configOf = (agent: string) => join(project, 'agents', agent, 'agent-config.toml')
  const al = (...args: string[]) => site.al([...args, '-p', project])
  const stacks = () => everythingIn(site.state)

  beforeAll(async () => {
    site = await openSite(project)
  })
  afterAll(() => site?.stop())

  /** Types of everything that a first deploy makes. */
  const types = new Set<string>()

  test('a dry run and a diff show everything and make nothing, not even a stack', async () => {
    const dry = await al('deploy', '--dry-run', '--json')
    expect(dry.code, dry.stderr).toBe(0)
    const { deployed, changed, change } = JSON.parse(dry.stdout)
    expect({ deployed, changed }).toEqual({ deployed: false, changed: true })
    const agents = new Set(change.resources.map(({ agent }: { agent?: string }) => agent))
    for (const { type } of change.resources) types.add(type)
    expect([...agents].sort()).toEqual(['one', undefined])
    const diff = await al('diff', '--exit-code')
    expect(diff.stdout).toContain('agent one')
    expect(diff.stdout).toMatch(/read its own credentials at start {2}roles\/secretmanager.secretAccessor/)
    expect(diff.code).toBe(1)
    expect(site.names()).toEqual([])
    expect(stacks()).toBe('')
    expect(site.google.calls.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  test('what changes something asks first, and names the flag where nobody can be asked', async () => {
    const { code, stderr } = await al('deploy')
    expect(stderr).toContain(
      'there is no terminal to ask in: answer "Deploy to project acme-cloud, europe-west1?" with --yes',
    )
    expect(code).toBe(2)
    expect(site.names()).toEqual([])
  })

  test('the first deploy makes the repository, then the images, then everything else', async () => {
    // Rights that were given a moment before do not count everywhere at once.
    site.fates([{ of: 'create gateway', fails: deniedYet }])
    const running = site.start(['deploy', '--yes', '-p', project])
    await running.says(/does not count everywhere yet: trying again in 10 s/)
    site.fates([])
    const { code, stdout, stderr } = await running.ended
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/deployed in /)
    const calls = site.calls()
    expect(calls.indexOf('create images')).toBeLessThan(calls.indexOf('create agent-one'))
    expect(site.google.builds.builds.map(({ status }) => status)).toEqual(['SUCCESS'])
    expect(site.names()).toEqual(expect.arrayContaining(['agent-one', 'gateway', 'images', 'state', 'gateway-open']))
    expect(site.names().filter((name) => name.startsWith('agent-two'))).toEqual([])
  })

  test('no secret is anywhere but in its file and in Secret Manager', async () => {
    expect(stacks()).toContain('gcp:cloudrunv2/job:Job')
    expect(stacks()).not.toContain(canary)
    // What was made, and how Pulumi and its plugin were started.
    const told = everythingIn(join(site.home, 'world'))
    expect(told).toContain('PULUMI_BACKEND_URL')
    expect(told).not.toContain(canary)
    const held = site.google.calls.filter(({ body }) =>
      body.toString().includes(Buffer.from(canary).toString('base64')),
    )
    expect(held.map(({ host }) => host)).toEqual(['secretmanager.googleapis.com'])
  })

  test('a deploy of what stands changes nothing', async () => {
    site.calls()
    const { code, stdout, stderr } = await al('deploy', '--yes')
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('nothing to deploy: the cloud matches the project')
    expect(site.calls()).toEqual([])
    expect((await al('diff', '--exit-code')).code).toBe(0)
  })

  test('one agent more makes its resources and changes the code of the gateway, nothing else', async () => {
    writeFileSync(configOf('two'), 'schedule = "0 6 * * *"\n')
    const { code, stderr } = await al('deploy', '--yes')
    expect(code, stderr).toBe(0)
    const touched = site.calls().filter((call) => !/^create agent-two/.test(call))
    expect(touched.filter((call) => / agent-one/.test(call))).toEqual([])
    expect(site.names()).toContain('agent-two')
  })

  test('a resource that fails is named with its agent and the reason in plain words; the next deploy goes on', async () => {
    writeFileSync(configOf('one'), 'schedule = "0 7 * * *"\ntimeout = 600\n')
    site.calls()
    site.fates([
      {
        of: 'update agent-one',
        fails: `error updating Job: googleapi: Error 403: Permission 'run.jobs.update' denied on resource 'projects/acme-cloud/locations/europe-west1/jobs/x' (or resource may not exist)., forbidden`,
      },
    ])
    const failed = await al('deploy', '--yes')
    expect(failed.code).toBe(5)
    expect(failed.stderr).toMatch(/agent one Job: .*needs the permission run\.jobs\.update/)
    expect(failed.stderr).toContain(`\`al deploy -p ${project}\` goes on from there`)
    site.fates([])
    const mended = await al('deploy', '--yes')
    expect(mended.code, mended.stderr).toBe(0)
    expect(site.calls()).toContain('update agent-one')
    expect((await al('diff', '--exit-code')).code).toBe(0)
  })

  test('an agent that is gone from the project is removed, and nothing of the others', async () => {
    rmSync(join(project, 'agents', 'two'), { recursive: true })
    site.calls()
    const { code, stderr } = await al('deploy', '--yes')
    expect(code, stderr).toBe(0)
    expect(site.names().filter((name) => name.startsWith('agent-two'))).toEqual([])
    expect(site.calls().filter((call) => / agent-one/.test(call))).toEqual([])
  })

  test('a second environment has a stack of its own', async () => {
    const isFunction = ({ type }: { readonly type: string }) => type === 'gcp:cloudfunctionsv2/function:Function'
    const gateways = () => Object.values(site.world()).filter(isFunction).length
    const { code, stderr } = await al('deploy', '--yes', '-E', 'preview')
    expect(code, stderr).toBe(0)
    expect(gateways()).toBe(2)
    site.calls()
    const gone = await al('destroy', '--yes', '-E', 'preview')
    expect(gone.code, gone.stderr).toBe(0)
    expect(gateways()).toBe(1)
    // Its account and its job.
    expect(site.calls().filter((call) => call === 'delete agent-one')).toHaveLength(2)
  })

  test('destroy keeps the database and the secrets, and the next deploy takes the database back in', async () => {
    site.showDatabases()
    const gone = await al('destroy', '--yes')
    expect(gone.code, gone.stderr).toBe(0)
    expect(site.names()).toContain('state')
    expect(site.names()).not.toContain('gateway')
    const again = await al('deploy', '--yes')
    expect(again.code, again.stderr).toBe(0)
    expect(again.stderr + again.stdout).toMatch(/state Database taken back in/)
    expect((await al('diff', '--exit-code')).code).toBe(0)
  })

  test('destroy tells of what a deploy was cut off at: it may be there, and nobody else knows of it', async () => {
    const file = join(site.state, '.pulumi/stacks/al-life/default.json')
    const state = JSON.parse(readFileSync(file, 'utf8'))
    const { latest } = state.checkpoint
    const job = latest.resources.find(({ type }: { type: string }) => type === 'gcp:cloudrunv2/job:Job')
    const { id: _, outputs: __, ...rest } = job
    const resource = { ...rest, urn: `${job.urn}-two`, inputs: { ...job.inputs, name: 'al-life-two' } }
    latest.pending_operations = [{ resource, type: 'creating' }]
    writeFileSync(file, JSON.stringify(state))
    const { code, stderr } = await al('destroy', '--yes')
    expect(stderr).toMatch(/cut off while it made projects\/acme-cloud\/locations\/europe-west1\/jobs\/al-life-two/)
    expect(code, stderr).toBe(0)
    expect(site.names()).not.toContain('gateway')
    const again = await al('deploy', '--yes')
    expect(again.code, again.stderr).toBe(0)
  })

  test('destroy --all takes the database and the secrets along, and leaves no stack', async () => {
    const { code, stderr } = await al('destroy', '--all', '--yes')
    expect(code, stderr).toBe(0)
    const databases = [...site.google.firestore.databases.keys()]
    expect(databases.filter((name) => !name.includes('-preview-'))).toEqual([])
    expect((await al('destroy', '--all', '--yes')).stdout).toContain('nothing to remove')
  })

  test('the page about Google Cloud names a role for all that was asked, and for all that is made', () => {
    const page = readFileSync(join(root, 'docs/gcp.md'), 'utf8')
    const asked = new Set(site.google.calls.map(({ host }) => host.replace('.googleapis.com', '')))
    const made = [...types].filter((type) => type.startsWith('gcp:')).map((type) => type.split(/[:/]/)[1] ?? '')
    const unknown = [...asked, ...made].filter((what) => {
      const role = roles[what]
      return role === undefined || !page.includes(`\`${role}\``)
    })
    expect([...new Set(unknown)]).toEqual([])
  })
})

/** What Cloud Run functions says while the account that builds may not read what it builds. */
const deniedYet =
  'Error waiting to create function: Error waiting for Creating function: Error code 3, message: Build failed with status: FAILURE and message: failed to Fetch: failed to download archive gs://gcf-v2-sources-1-europe-west1/x.zip: Access to bucket gcf-v2-sources-1-europe-west1 denied. You must grant Storage Object Viewer permission to al-builder@acme-cloud.iam.gserviceaccount.com.'

/** What it takes to ask a service, or to make what belongs to a module of Pulumi's provider. */
const roles: Readonly<Record<string, string>> = {
  artifactregistry: 'roles/artifactregistry.admin',
  cloudbuild: 'roles/cloudbuild.builds.editor',
  cloudfunctions: 'roles/cloudfunctions.admin',
  cloudfunctionsv2: 'roles/cloudfunctions.admin',
  cloudresourcemanager: 'roles/browser',
  cloudrunv2: 'roles/run.admin',
  cloudscheduler: 'roles/cloudscheduler.admin',
  firestore: 'roles/datastore.owner',
  iam: 'roles/iam.roleAdmin',
  logging: 'roles/logging.configWriter',
  projects: 'roles/resourcemanager.projectIamAdmin',
  pubsub: 'roles/pubsub.admin',
  run: 'roles/run.admin',
  secretmanager: 'roles/secretmanager.admin',
  serviceaccount: 'roles/iam.serviceAccountAdmin',
  serviceusage: 'roles/serviceusage.serviceUsageAdmin',
  storage: 'roles/storage.admin',
}
