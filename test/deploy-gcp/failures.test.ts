import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../support/loopback.ts'
import { googleProject, noPulumi, openSite, type Site } from './site.ts'

if (noPulumi !== undefined) console.warn(`test/deploy-gcp: skipped: ${noPulumi}`)

/** What keeps a deploy from happening: told in plain words, with nothing changed. */
describe.skipIf(noPulumi !== undefined)('a deploy that cannot be', { timeout: 120_000 }, () => {
  let site: Site
  const project = googleProject('cannot')
  const deploy = (env?: Readonly<Record<string, string>>) =>
    site.al(['deploy', '--yes', '-p', project], env === undefined ? {} : { env })

  beforeAll(async () => {
    site = await openSite(project)
  })
  afterAll(() => site?.stop())

  test('without credentials', async () => {
    const { code, stderr } = await deploy({
      AL_GOOGLE_ENDPOINT: '',
      GCE_METADATA_HOST: '127.0.0.1:1',
      METADATA_SERVER_DETECTION: 'none',
    })
    expect(stderr).toContain('gcloud auth application-default login')
    expect(code).toBe(4)
  })

  test('without network', async () => {
    const { code, stderr } = await deploy({ AL_GOOGLE_ENDPOINT: `http://127.0.0.1:${await freePort()}` })
    expect(stderr).toMatch(/gave no answer \(ECONNREFUSED\): check the network/)
    expect(code).toBe(5)
  })

  test('APIs that are not enabled are enabled after asking; who may not is told the command', async () => {
    site.google.apis.disabled.add('run.googleapis.com').add('secretmanager.googleapis.com')
    const dry = await site.al(['deploy', '--dry-run', '-p', project])
    expect(dry.stderr).toMatch(/not enabled in project acme-cloud yet: run\.googleapis\.com, secretmanager/)
    expect(dry.code, dry.stderr).toBe(0)
    site.google.next(/batchEnable/, {
      status: 403,
      body: {
        error: {
          code: 403,
          status: 'PERMISSION_DENIED',
          message: "Permission 'serviceusage.services.enable' denied on resource 'projects/acme-cloud'.",
        },
      },
    })
    const { code, stderr } = await deploy()
    expect(stderr).toContain(
      'gcloud services enable run.googleapis.com secretmanager.googleapis.com --project acme-cloud',
    )
    expect(stderr).toContain('serviceusage.services.enable')
    expect(code).toBe(5)
    expect(site.names()).toEqual([])
  })

  test('a build that fails ends with the last lines of its log, and nothing but the repository is made', async () => {
    site.google.builds.state.outcome = 'FAILURE'
    const { code, stderr } = await deploy()
    expect(site.google.apis.disabled.size).toBe(0)
    expect(stderr).toMatch(/image ".*" could not be built: FAILURE: Build step failure/)
    expect(code).toBe(1)
    expect(site.names()).toContain('images')
    expect(site.names().filter((name) => /^(?:agent-|gateway$)/.test(name))).toEqual([])
    // No context is left in the bucket.
    expect([...site.google.storage.objects.keys()]).toEqual([])
  })

  test('a bucket for state that is somebody else’s is not used', async () => {
    site.google.storage.buckets.set('acme-cloud-al-state', { name: 'acme-cloud-al-state', projectNumber: '666' })
    const { code, stderr } = await deploy({ AL_PULUMI_BACKEND: '' })
    expect(stderr).toContain(
      'the bucket acme-cloud-al-state belongs to another project than acme-cloud: al does not use it',
    )
    expect(code).toBe(5)
  })
})
