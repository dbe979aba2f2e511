import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openGoogleSite } from '../support/google/google-site.ts'
import { agentFiles, model, writeProject } from '../support/synth-project.ts'

async function setUp() {
  const site = await openGoogleSite()
  onTestFinished(site.stop)
  const project = writeProject({ 'config.toml': model, ...agentFiles('dev') }, 'acme')
  const given = ['--provider', 'cloud-run', '--gcp-project', 'acme-cloud', '--region', 'europe-west1']
  const setup = (...args: readonly string[]) => site.al(['setup', 'cloud', '-p', project, '--json', ...given, ...args])
  return { site, project, setup }
}

test('from a project without a cloud to one that can be deployed; a second run finds all of it', async () => {
  const { site, project, setup } = await setUp()
  site.google.apis.disabled.add('firestore.googleapis.com').add('pubsub.googleapis.com')
  const { code, stdout, stderr } = await setup('--yes')
  expect(code, stderr).toBe(0)
  expect(readFileSync(join(project, 'config.toml'), 'utf8')).toContain('gcpProject = "acme-cloud"')
  expect(JSON.parse(stdout)).toMatchObject({
    account: 'acme-cloud',
    enabled: ['firestore.googleapis.com', 'pubsub.googleapis.com'],
    missing: [],
  })
  expect([...site.google.apis.disabled]).toEqual([])
  const again = await setup('--yes')
  expect(JSON.parse(again.stdout)).toMatchObject({ config: { wrote: false }, enabled: [], missing: [] })
})

test('a project that nobody pays for is told with the page that changes it', async () => {
  const { site, setup } = await setUp()
  site.google.billing.state.enabled = false
  const { code, stderr } = await setup('--yes')
  expect(code).toBe(5)
  expect(stderr).toContain('https://console.cloud.google.com/billing/linkedaccount?project=acme-cloud')
})

test('who may not see who pays can still set up', async () => {
  const { site, setup } = await setUp()
  site.google.apis.disabled.add('cloudbilling.googleapis.com')
  const { code, stderr } = await setup('--yes')
  expect(code, stderr).toBe(0)
})
