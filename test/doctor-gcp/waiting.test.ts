import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { cloudPlan } from '../../cli/deploy/cloud-plan.ts'
import { stackPlace } from '../../infra/gcp/stack-place.ts'
import { googleProject, openGoogleSite } from '../support/google/google-site.ts'
import { putStack } from '../support/google/standing-stack.ts'
import { agentFiles } from '../support/synth-project.ts'
import { type DriftingSite, openDriftingSite } from './drifting-site.ts'

describe('the doctor beside a deploy', { timeout: 120_000 }, () => {
  let site: DriftingSite
  beforeAll(async () => {
    site = await openDriftingSite('waiting')
  })
  afterAll(() => site?.stop())

  test('a repair is not made once another deploy has begun', async () => {
    const { resource } = site.agent('dev')
    site.google.run.put('jobs', resource, { template: { template: {} } })
    const { bucket, locks } = stackPlace(site.plan)
    const lock = JSON.stringify({ pid: 7, username: 'ci', hostname: 'runner', timestamp: '2026-11-21T10:00:00Z' })
    site.google.storage.put(bucket, `${locks}1.json`, lock)
    const { code, stderr } = await site.doctor('--yes')
    expect(code).toBe(5)
    expect(stderr).toContain('a deploy is running')
    // What was not looked at is not called good.
    const plain = await site.al(['doctor', '-c', '-p', site.project, '--check'])
    expect(plain.stdout + plain.stderr).toContain('being deployed now, and not compared')
    expect(plain.stdout + plain.stderr).not.toContain('as they were deployed')
    site.google.storage.objects.delete(`${bucket}/${locks}1.json`)
    await site.putsRight()
  })

  test('what the project has changed since is told as waiting, and is nothing to put back', async () => {
    const path = join(site.project, 'agents/new')
    cpSync(join(site.project, 'agents/dev'), path, { recursive: true })
    const { code, report, drift } = await site.doctor('--check')
    rmSync(path, { recursive: true })
    expect({ code, drift }).toEqual({ code: 0, drift: [] })
    expect(report.waiting).toEqual(['agent new: job (new)', 'control plane: gateway (changed in the project)'])
  })
})

test('a secret that was stored after the deploy is told as waiting: nobody may read it yet', {
  timeout: 120_000,
}, async () => {
  const site = await openGoogleSite()
  onTestFinished(site.stop)
  const project = googleProject('later', agentFiles('dev', 'schedule = "0 6 * * *"\ncredentials = ["git_ssh"]\n'))
  const plan = cloudPlan({ project })
  const key = 'action-llama--git_ssh--default--id_rsa'
  for (const { id } of [...plan.gateway.secrets, ...plan.agents.flatMap(({ secrets }) => secrets)]) {
    if (id !== key) site.google.secrets.put(id, 'in-the-cloud')
  }
  await putStack(site.google, plan, project, new Set([key]))
  const waiting = async () =>
    JSON.parse((await site.al(['doctor', '-c', '-p', project, '--json', '--check'])).stdout).waiting
  expect(await waiting()).toEqual([])
  site.google.secrets.put(key, 'in-the-cloud')
  expect(await waiting()).toEqual([
    `agent dev: secret ${key} (stored since the last deploy, and not to be read before the next)`,
  ])
})
