import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cloudPlan } from '../../cli/deploy/cloud-plan.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { startAl } from '../cli-client/scripted-host.ts'
import { containerOf } from '../cloud-client/container.ts'
import { type GoogleSite, googleProject, openGoogleSite } from '../support/google/google-site.ts'
import type { FakeLogEntry } from '../support/google/services/logging.ts'
import { putStack } from '../support/google/standing-stack.ts'
import { agentFiles, scratchDirectory } from '../support/synth-project.ts'
import { gatewayKey, keyId, startedIn, startGoogleGateway } from './google-gateway.ts'

describe('-c speaks to what is deployed on Google Cloud', { timeout: 120_000 }, () => {
  let site: GoogleSite
  let gateway: Awaited<ReturnType<typeof startGoogleGateway>>
  let plan: Plan
  const printed: string[] = []
  const project = googleProject('acme', {
    'environments/empty.toml': '[gateway]\nlockTimeout = 600\n',
    ...agentFiles('dev', 'schedule = "0 6 * * *"\nscale = 2\n'),
    ...agentFiles('ops'),
  })

  beforeAll(async () => {
    site = await openGoogleSite()
    plan = cloudPlan({ project })
    site.google.secrets.put(keyId, gatewayKey)
    await putStack(site.google, plan, project)
    gateway = await startGoogleGateway(site.google, plan)
  })
  afterAll(async () => {
    expect(printed.join('\n')).not.toContain('canary')
    await gateway?.stop()
    await site?.stop()
  })

  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    startAl(args, {
      cwd: project,
      env: { ...site.google.env, AL_GATEWAY_URL: gateway.reachable, HOME: scratchDirectory(), ...env },
    })
  async function al(args: readonly string[], env?: Readonly<Record<string, string>>) {
    const ended = await start(args, env).ended
    printed.push(ended.stdout, ended.stderr)
    return ended
  }
  /** Waits for one more execution. */
  async function startedAfter(before: number) {
    await expect.poll(() => site.google.run.executions.length, { timeout: 30_000 }).toBeGreaterThan(before)
    return startedIn(site.google)
  }
  const executions = () => site.google.run.executions.length
  const jobOf = (agent: string) => plan.agents.find(({ name }) => name === agent)?.resource ?? ''
  let written = 0
  /** An entry as Cloud Run writes it of an execution's output. */
  const wrote = (container: string, agent: string, more: Partial<FakeLogEntry>, at = Date.now()) =>
    site.google.logging.entries.push({
      insertId: `e${++written}`,
      timestamp: new Date(at).toISOString(),
      logName: 'projects/acme-cloud/logs/run.googleapis.com%2Fstdout',
      resource: { type: 'cloud_run_job', labels: { job_name: jobOf(agent), location: 'europe-west1' } },
      labels: { 'run.googleapis.com/execution_name': container, 'run.googleapis.com/task_index': '0' },
      ...more,
    })
  const said = (text: string) => ({
    jsonPayload: { _log: true, level: 'info', msg: 'assistant', text, ts: Date.now() },
  })

  test('al run waits, shows what the job logs, and ends with its code', async () => {
    const before = executions()
    const running = start(['run', 'dev', '-c', '--input', '{"issue":7}'])
    const { message, container } = await startedAfter(before)
    const played = containerOf(gateway, message)
    const claim = await played.claim(container)
    expect([claim.status, claim.body.input]).toEqual([200, { issue: 7 }])
    wrote(container, 'dev', said('I look for work'))
    wrote('another-execution', 'dev', said('of another run'))
    await running.printed('I look for work')
    wrote(container, 'dev', { textPayload: 'plain words' })
    await played.finish({ outcome: 'error', code: 12, reason: 'nothing to push' })
    const { code, stdout, stderr } = await running.ended
    printed.push(stdout, stderr)
    expect(code).toBe(12)
    expect(stdout.match(/I look for work|plain words|of another run/g)).toEqual(['I look for work', 'plain words'])
    expect(stdout).toContain(`${message.run} failed with exit code 12`)
  })

  test('al logs -f hands out what comes late, once, and waits while the quota is used up', async () => {
    const before = executions()
    const running = start(['run', 'dev', '-c'])
    const { message, container } = await startedAfter(before)
    const played = containerOf(gateway, message)
    await played.claim(container)
    const at = Date.now()
    wrote(container, 'dev', said('first'), at)
    const following = start(['logs', message.run, '-c', '-f'])
    await following.printed('first')
    const busy = {
      status: 429,
      body: { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded' } },
    }
    site.google.next('logging', busy, busy, { status: 503, body: {} })
    // It happened before what was shown, and is there only now.
    wrote(container, 'dev', said('late'), at - 1)
    wrote(container, 'dev', {
      ...said('system'),
      jsonPayload: undefined,
      textPayload: 'Memory limit exceeded',
      severity: 'ERROR',
      logName: 'projects/acme-cloud/logs/run.googleapis.com%2Fvarlog%2Fsystem',
    })
    await following.printed('late')
    await played.finish({ outcome: 'completed' })
    const { code, stdout, stderr } = await following.ended
    printed.push(stdout, stderr)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.match(/\bfirst\b|\blate\b|Memory limit exceeded/g)?.sort()).toEqual([
      'Memory limit exceeded',
      'first',
      'late',
    ])
    await running.ended
  })

  test('al logs shows the last lines of an agent, and of the gateway', async () => {
    for (let n = 1; n <= 30; n++)
      wrote('old-execution', 'ops', { textPayload: `line ${n}.` }, Date.now() - 3600_000 + n)
    const { stdout } = await al(['logs', 'ops', '-c', '-n', '3'])
    expect(stdout.match(/line \d+\./g)).toEqual(['line 28.', 'line 29.', 'line 30.'])
    site.google.logging.entries.push({
      insertId: 'g1',
      timestamp: new Date().toISOString(),
      severity: 'WARNING',
      logName: 'projects/acme-cloud/logs/run.googleapis.com%2Fstdout',
      resource: { type: 'cloud_run_revision', labels: { service_name: plan.names.gateway, location: 'europe-west1' } },
      jsonPayload: { message: 'refused a delivery', source: 'github' },
    })
    expect((await al(['logs', '-c'])).stdout).toMatch(/refused a delivery/)
  })

  test('al stat, pause, resume and kill act on what is deployed', async () => {
    const before = executions()
    const running = start(['run', 'dev', '-c'])
    const { message, container } = await startedAfter(before)
    const played = containerOf(gateway, message)
    await played.claim(container)
    expect((await al(['stat', '-c'])).stdout).toContain(message.run)
    expect((await al(['pause', 'ops', '-c'])).code).toBe(0)
    expect((await al(['stat', '-c'])).stdout).toMatch(/ops.*PAUSED/)
    expect((await al(['resume', 'ops', '-c'])).code).toBe(0)
    expect((await al(['kill', message.run, '-c'])).code).toBe(0)
    await expect
      .poll(() => site.google.run.executions.find(({ name }) => name.endsWith(`/${container}`))?.cancelledCount)
      .toBe(1)
    await played.finish({ outcome: 'error', code: 143, reason: 'terminated' })
    expect((await running.ended).code).not.toBe(0)
  })

  test('what is not deployed is told with the command that does it', async () => {
    const { code, stderr } = await al(['stat', '-c', '-E', 'empty'])
    expect(code).toBe(5)
    expect(stderr).toMatch(
      /nothing is deployed for acme \(empty\) in project acme-cloud, europe-west1: `al deploy -E empty`/,
    )
  })

  test.each([
    [
      'the API is off',
      () => site.google.apis.disabled.add('run.googleapis.com'),
      5,
      /gcloud services enable run\.googleapis\.com --project acme-cloud/,
    ],
    [
      'nobody may look',
      () => site.google.next('run', refused('run.services.get')),
      5,
      /the permission run\.services\.get is missing/,
    ],
    [
      'the credentials are old',
      () => site.google.next('cloudresourcemanager', unauthenticated),
      4,
      /gcloud auth application-default login/,
    ],
    [
      'the project is another one',
      () => site.google.next('cloudresourcemanager', refused('resourcemanager.projects.get')),
      5,
      /project acme-cloud is not there/,
    ],
    [
      'the key is not there',
      () => void site.google.secrets.secrets.delete(keyId),
      4,
      /has no action-llama--gateway_api_key--default--key/,
    ],
  ])('%s: said in one line, with what to do', async (_, cause, wanted, words) => {
    const key = site.google.secrets.secrets.get(keyId)
    cause()
    const { code, stderr } = await al(['stat', '-c'])
    if (key !== undefined) site.google.secrets.secrets.set(keyId, key)
    site.google.apis.disabled.clear()
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(words)
    expect(code).toBe(wanted)
  })

  test('without credentials it ends with 4 and says how to sign in', async () => {
    const { code, stderr } = await al(['stat', '-c'], {
      AL_GOOGLE_ENDPOINT: '',
      GOOGLE_APPLICATION_CREDENTIALS: '',
      METADATA_SERVER_DETECTION: 'none',
    })
    expect(stderr).toMatch(/no credentials for Google Cloud: .*gcloud auth application-default login/)
    expect(code).toBe(4)
  })
})

const refused = (permission: string) => ({
  status: 403,
  body: {
    error: { code: 403, status: 'PERMISSION_DENIED', message: `Permission '${permission}' denied on resource '//x'.` },
  },
})
const unauthenticated = {
  status: 401,
  body: { error: { code: 401, status: 'UNAUTHENTICATED', message: 'Request had invalid authentication credentials.' } },
}
