import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriftingSite, type Json, openDriftingSite, told } from './drifting-site.ts'

/** Each test changes something behind the project's back, and leaves it as the doctor has put it. */
describe('what was deployed to Google Cloud', { timeout: 120_000 }, () => {
  let site: DriftingSite
  beforeAll(async () => {
    site = await openDriftingSite('drift')
  })
  afterAll(() => site?.stop())

  test('is told to be as it was deployed while nobody has changed it, and nothing is written', async () => {
    const { code, report, stderr } = await site.doctor('--yes')
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
    const { resource } = site.agent('dev')
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
    const { drift, code } = await site.doctor('--check')
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
    await site.putsRight()
  })

  test('a job that was deleted is made again, with who may run it', async () => {
    const { resource } = site.agent('ops')
    site.google.run.jobs.delete(resource)
    const [{ role = '', members = [] } = {}] = site.google.run.policies.bindings(`jobs/${resource}`)
    for (const member of members) site.google.run.policies.revoke(`jobs/${resource}`, role, member)
    const { drift } = await site.doctor('--check')
    expect(told(drift, `job ${resource}`)).toBe('it: there | removed')
    expect(told(drift, `rights of ${site.plan.google?.accounts.gateway}`)).toMatch(/on job \S+: granted \| \(none\)/)
    await site.putsRight()
    expect(site.google.run.policies.bindings(`jobs/${resource}`)).toEqual([{ role, members }])
  })

  test('a gateway that runs as somebody else, or is closed, is told with the way back', async () => {
    const { gateway } = site.plan.names
    const before = site.google.run.services.get(gateway) as Json
    const template = { ...(before.template as Json), serviceAccount: 'other@acme-cloud.iam.gserviceaccount.com' }
    site.google.run.put('services', gateway, { ...before, ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY', template })
    const { drift, code, report } = await site.doctor('--yes')
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
    const { drift } = await site.doctor('--check')
    expect(told(drift, `scheduler job ${first}`)).toMatch(
      /^schedule: .* \| 30 \* \* \* \*\ntimeZone: Etc\/UTC \| Asia\/Tokyo$/,
    )
    expect(told(drift, `scheduler job ${second}`)).toBe('state: enabled | paused')
    expect(told(drift, `scheduler job ${third}`)).toMatch(/^httpTarget\.uri: https:\S+\.run\.app\S+ \| https:\/\/evil/)
    await site.putsRight()
    jobs.delete(first)
    await site.putsRight()
    expect(jobs.get(first)).toEqual(before)
  })

  test('a gateway that is gone is told with what makes it again, and its rights come with it', async () => {
    const { gateway } = site.plan.names
    const { run, functions } = site.google
    const [service, standing] = [run.services.get(gateway) as Json, functions.functions.get(gateway) as Json]
    const advice = async () => {
      const { code, report, drift } = await site.doctor('--yes')
      expect(code).toBe(5)
      expect(drift.map(({ resource }) => resource)).toEqual([`gateway ${gateway}`])
      return report.drift[0].advice
    }
    run.services.delete(gateway)
    expect(await advice()).toMatch(/once the function .* gcloud functions delete al-\S+ --gen2 --region europe-west1/)
    functions.functions.delete(gateway)
    expect(await advice()).toBe('`al deploy` makes it again')
    run.put('services', gateway, service)
    functions.functions.set(gateway, standing)
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
    const { drift } = await site.doctor('--check')
    expect(told(drift, `subscription ${subscription}`)).toMatch(
      /pushEndpoint: https:\S+\/internal\/stopped \| https:\/\/evil/,
    )
    expect(told(drift, `log sink ${sink}`)).toMatch(/^disabled: false \| true$/m)
    await site.putsRight()
  })
})
