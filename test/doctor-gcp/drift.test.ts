import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { cloudPlan } from '../../cli/deploy/cloud-plan.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { stackPlace } from '../../infra/gcp/stack-place.ts'
import { type GoogleSite, googleProject, openGoogleSite } from '../support/google/google-site.ts'
import { putStack } from '../support/google/standing-stack.ts'
import { agentFiles } from '../support/synth-project.ts'

interface Drift {
  readonly resource: string
  readonly differences: readonly { readonly what: string; readonly expected: string; readonly found: string }[]
}

type Json = Readonly<Record<string, unknown>>

/** Each test changes something behind the project's back, and leaves it as the doctor has put it. */
describe('what was deployed to Google Cloud', { timeout: 120_000 }, () => {
  let site: GoogleSite
  let plan: Plan
  const daily = 'schedule = "0 6 * * *"\n'
  const project = googleProject('drift', { ...agentFiles('dev', daily), ...agentFiles('ops', daily) })
  const doctor = async (...args: string[]) => {
    const { code, stdout, stderr } = await site.al(['doctor', '-c', '-p', project, '--json', ...args])
    const report = stdout === '' ? undefined : JSON.parse(stdout)
    return { code, stderr, report, drift: (report?.drift ?? []) as Drift[] }
  }
  /** What is told of one resource, as one text. */
  const told = (drift: readonly Drift[], resource: string) =>
    (drift.find((one) => one.resource === resource)?.differences ?? [])
      .map(({ what, expected, found }) => `${what}: ${expected} | ${found}`)
      .join('\n')
  const putsRight = async () => {
    const mended = await doctor('--yes')
    expect(mended.code, mended.stderr).toBe(0)
    const again = await doctor('--check')
    expect(again.drift).toEqual([])
    expect(again.code, again.stderr).toBe(0)
  }
  const agent = (name: string) => {
    const found = plan.agents.find((one) => one.name === name)
    if (found?.account === undefined) throw new Error(`no agent ${name}`)
    return { ...found, account: found.account, member: memberOf(found.account) }
  }
  const memberOf = (account: string) => `serviceAccount:${account}@acme-cloud.iam.gserviceaccount.com`

  beforeAll(async () => {
    site = await openGoogleSite()
    plan = cloudPlan({ project })
    for (const { id } of [...plan.gateway.secrets, ...plan.agents.flatMap(({ secrets }) => secrets)]) {
      site.google.secrets.put(id, 'canary-in-the-cloud')
    }
    await putStack(site.google, plan, project)
  })
  afterAll(async () => {
    expect(site.printed.join('\n')).not.toContain('canary')
    await site.stop()
  })

  test('is told to be as it was deployed while nobody has changed it, and nothing is written', async () => {
    const { code, report, stderr } = await doctor('--yes')
    expect(report?.drift).toEqual([])
    expect(code, stderr).toBe(0)
    expect(report.done).toEqual([])
    expect(report.waiting).toEqual([])
    const reads = /^(?:GET|POST \S+:getIamPolicy)/
    expect(site.google.calls.map(({ method, path }) => `${method} ${path}`).filter((one) => !reads.test(one))).toEqual(
      [],
    )
  })

  test('a job is put back: what it runs, as whom, with what, for how long', async () => {
    const { resource } = agent('dev')
    const before = site.google.run.jobs.get(resource) as Json
    const changed = structuredClone(before) as never as { template: { template: Json } }
    changed.template.template = {
      ...changed.template.template,
      serviceAccount: 'other@acme-cloud.iam.gserviceaccount.com',
      timeout: '60s',
      maxRetries: 3,
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [{ image: 'evil:latest', command: ['sh'], env: [{ name: 'CANARY', value: 'canary-value' }] }],
    }
    site.google.run.put('jobs', resource, changed)
    const { drift, code } = await doctor('--check')
    expect(code).toBe(5)
    const lines = told(drift, `job ${resource}`)
    expect(lines).toMatch(/^serviceAccount: .*al-dev-\S+ \| other@/m)
    expect(lines).toMatch(/^timeout: \d+s \| 60s$/m)
    expect(lines).toMatch(/^maxRetries: 0 \| 3$/m)
    expect(lines).toMatch(/^image: \S+:[0-9a-f]+ \| evil:latest$/m)
    expect(lines).toMatch(/^command: \(none\) \| set$/m)
    expect(lines).toMatch(/^volumes: \(none\) \| set$/m)
    expect(lines).toMatch(/^variable CANARY: \(none\) \| set$/m)
    expect(lines).toMatch(/^variable GOOGLE_CLOUD_PROJECT: set \| \(none\)$/m)
    await putsRight()
  })

  test('a job that was deleted is made again, with who may run it', async () => {
    const { resource } = agent('ops')
    site.google.run.jobs.delete(resource)
    const [{ role = '', members = [] } = {}] = site.google.run.policies.bindings(`jobs/${resource}`)
    for (const member of members) site.google.run.policies.revoke(`jobs/${resource}`, role, member)
    const { drift } = await doctor('--check')
    expect(told(drift, `job ${resource}`)).toBe('it: there | removed')
    expect(told(drift, `rights of ${plan.google?.accounts.gateway}`)).toMatch(/on job \S+: granted \| \(none\)/)
    await putsRight()
    expect(site.google.run.policies.bindings(`jobs/${resource}`)).toEqual([{ role, members }])
  })

  test('a right that is missing comes back, one too many goes, and those of others stay', async () => {
    const [first] = agent('dev').secrets
    const other = plan.gateway.secrets.find(({ why }) => why === 'control')
    if (first === undefined || other === undefined) throw new Error('no secrets')
    const accessor = 'roles/secretmanager.secretAccessor'
    const { policies } = site.google.secrets
    policies.revoke(first.id, accessor, agent('dev').member)
    policies.grant(other.id, accessor, agent('dev').member)
    policies.grant(other.id, accessor, 'user:someone@example.com')
    site.google.projects.policies.grant('acme-cloud', 'roles/editor', agent('ops').member)
    site.google.projects.policies.grant('acme-cloud', 'roles/owner', 'user:someone@example.com')
    const { drift } = await doctor('--check')
    expect(told(drift, `rights of ${agent('dev').account}`)).toBe(
      `${accessor} on secret ${first.id}: granted | (none)\n${accessor} on secret ${other.id}: (none) | granted`,
    )
    expect(told(drift, `rights of ${agent('ops').account}`)).toBe(
      'roles/editor on project acme-cloud: (none) | granted',
    )
    await putsRight()
    expect(policies.members(other.id, accessor)).toContain('user:someone@example.com')
    expect(site.google.projects.policies.members('acme-cloud', 'roles/owner')).toEqual(['user:someone@example.com'])
    expect(site.google.projects.policies.members('acme-cloud', 'roles/editor')).toEqual([])
  })

  test('a right under a condition is not the same without it', async () => {
    const gateway = memberOf(String(plan.google?.accounts.gateway))
    const { policies } = site.google.projects
    const binding = policies.bindings('acme-cloud').find(({ role }) => role === 'roles/datastore.user')
    policies.revoke('acme-cloud', 'roles/datastore.user', gateway)
    policies.grant('acme-cloud', 'roles/datastore.user', gateway)
    const { drift } = await doctor('--check')
    expect(told(drift, `rights of ${plan.google?.accounts.gateway}`)).toMatch(
      /^roles\/datastore.user on project acme-cloud, if resource.name == \S+: granted \| \(none\)\nroles\/datastore.user on project acme-cloud: \(none\) \| granted$/,
    )
    await putsRight()
    expect(policies.bindings('acme-cloud').find(({ role }) => role === 'roles/datastore.user')).toEqual(binding)
  })

  test('what others write into a policy meanwhile is kept', async () => {
    const { policies } = site.google.projects
    policies.grant('acme-cloud', 'roles/editor', agent('dev').member)
    // The first write comes too late.
    site.google.next(/POST cloudresourcemanager.*:setIamPolicy/, { status: 409, body: {} })
    await putsRight()
    expect(policies.members('acme-cloud', 'roles/owner')).toEqual(['user:someone@example.com'])
  })

  test('the gateway is open to callers again', async () => {
    const { gateway } = plan.names
    site.google.run.policies.revoke(`services/${gateway}`, 'roles/run.invoker', 'allUsers')
    const { drift } = await doctor('--check')
    expect(told(drift, 'rights of everybody')).toBe(`roles/run.invoker on gateway ${gateway}: granted | (none)`)
    await putsRight()
  })

  test('a gateway that runs as somebody else, or is closed, is told with the way back', async () => {
    const { gateway } = plan.names
    const before = site.google.run.services.get(gateway) as Json
    const template = { ...(before.template as Json), serviceAccount: 'other@acme-cloud.iam.gserviceaccount.com' }
    site.google.run.put('services', gateway, { ...before, ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY', template })
    const { drift, code, report } = await doctor('--yes')
    expect(code).toBe(5)
    expect(told(drift, `gateway ${gateway}`)).toMatch(/service account: .*\ningress: from everywhere \| /)
    expect(report.drift[0].advice).toMatch(/console/)
    site.google.run.put('services', gateway, before)
  })

  test('schedules: time, zone, caller, pause, and one that was deleted', async () => {
    const { jobs } = site.google.scheduler
    const [first = '', second = '', third = ''] = [...jobs.keys()]
    const before = jobs.get(first) as Json
    jobs.set(first, { ...before, schedule: '30 * * * *', timeZone: 'Asia/Tokyo' })
    jobs.set(second, { ...(jobs.get(second) as Json), state: 'PAUSED' })
    const target = (jobs.get(third) as Json).httpTarget as Json
    jobs.set(third, { ...(jobs.get(third) as Json), httpTarget: { ...target, uri: 'https://evil.example/' } })
    const { drift } = await doctor('--check')
    expect(told(drift, `scheduler job ${first}`)).toMatch(
      /^schedule: .* \| 30 \* \* \* \*\ntimeZone: Etc\/UTC \| Asia\/Tokyo$/,
    )
    expect(told(drift, `scheduler job ${second}`)).toBe('state: enabled | paused')
    expect(told(drift, `scheduler job ${third}`)).toMatch(/^httpTarget\.uri: https:\S+\.run\.app\S+ \| https:\/\/evil/)
    await putsRight()
    jobs.delete(first)
    await putsRight()
    expect(jobs.get(first)).toEqual(before)
  })

  test('service accounts: one that is disabled is enabled, one that was deleted is taken back', async () => {
    const { accounts, putAccount, remove } = site.google.iam
    putAccount(agent('dev').account, { disabled: true })
    remove(agent('ops').account)
    const { drift } = await doctor('--check')
    expect(told(drift, `service account ${agent('dev').account}`)).toBe('it: enabled | disabled')
    expect(told(drift, `service account ${agent('ops').account}`)).toBe('it: there | removed')
    await putsRight()
    expect(accounts.has(agent('ops').account)).toBe(true)
  })

  test('the role of the gateway permits what it did, and no more', async () => {
    const { roles, putRole } = site.google.iam
    const [id = ''] = [...roles.keys()]
    const before = roles.get(id) as Json
    putRole(id, { ...before, includedPermissions: ['run.jobs.delete'], deleted: true })
    const { drift } = await doctor('--check')
    expect(told(drift, `role ${id}`)).toMatch(
      /^it: there \| removed\npermissions: .*run\.jobs\.run.* \| run\.jobs\.delete$/,
    )
    await putsRight()
  })

  test('the way on which the gateway hears of ended executions', async () => {
    const { pubsub, logging } = site.google
    const [subscription = ''] = [...pubsub.subscriptions.keys()]
    const [sink = ''] = [...logging.sinks.keys()]
    pubsub.subscriptions.set(subscription, {
      ...pubsub.subscriptions.get(subscription),
      pushConfig: { pushEndpoint: 'https://evil.example' },
    })
    logging.sinks.set(sink, { ...logging.sinks.get(sink), disabled: true, filter: 'severity>=ERROR' })
    const { drift } = await doctor('--check')
    expect(told(drift, `subscription ${subscription}`)).toMatch(
      /pushEndpoint: https:\S+\/internal\/stopped \| https:\/\/evil/,
    )
    expect(told(drift, `log sink ${sink}`)).toMatch(/^disabled: false \| true$/m)
    await putsRight()
  })

  test('a repair is not made once another deploy has begun', async () => {
    const { resource } = agent('dev')
    site.google.run.put('jobs', resource, { template: { template: {} } })
    const { bucket, locks } = stackPlace(plan)
    const lock = JSON.stringify({ pid: 7, username: 'ci', hostname: 'runner', timestamp: '2026-11-21T10:00:00Z' })
    site.google.storage.put(bucket, `${locks}1.json`, lock)
    const { code, stderr } = await doctor('--yes')
    expect(code).toBe(5)
    expect(stderr).toContain('a deploy is running')
    // What was not looked at is not called good.
    const plain = await site.al(['doctor', '-c', '-p', project, '--check'])
    expect(plain.stdout + plain.stderr).toContain('being deployed now, and not compared')
    expect(plain.stdout + plain.stderr).not.toContain('as they were deployed')
    site.google.storage.objects.delete(`${bucket}/${locks}1.json`)
    await putsRight()
  })

  test('what the project has changed since is told as waiting, and is nothing to put back', async () => {
    const path = join(project, 'agents/new')
    cpSync(join(project, 'agents/dev'), path, { recursive: true })
    const { code, report, drift } = await doctor('--check')
    rmSync(path, { recursive: true })
    expect({ code, drift }).toEqual({ code: 0, drift: [] })
    expect(report.waiting).toEqual(['agent new: job (new)', 'control plane: gateway (changed in the project)'])
  })

  test('permissions that the caller lacks are named, and what could be done is done', async () => {
    site.google.projects.policies.grant('acme-cloud', 'roles/editor', agent('dev').member)
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
    const { code, stderr } = await doctor('--yes')
    expect(code).toBe(5)
    expect(stderr).toContain('the permission resourcemanager.projects.setIamPolicy is missing')
    await putsRight()
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
