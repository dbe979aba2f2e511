import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { AgentRule, Handout } from '../../core/plan/decisions.ts'
import type { Run } from '../../core/scheduler/run.ts'
import { gcpHost } from '../../functions/gcp/host.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import { agent, decisionsOf } from '../local/machine.ts'
import type { Execution } from './fake-cloud-run.ts'
import { fakeGoogle } from './fake-google.ts'
import { signer } from './signer.ts'

const gatewayUrl = 'https://gateway.example'
const caller = 'caller@p.iam.gserviceaccount.com'
const google = signer('key-1')

/** A rule of an agent that is a job. */
export const jobRule = (name: string, more: Partial<AgentRule> = {}): AgentRule =>
  agent(name, { compute: 'cloud-run-job', resource: `al-test-${name}-1a2b3c`, ...more })

/** The host on Google Cloud with its state in memory, and what is said to it as by Google and by containers. */
export async function googleHost(agents: readonly AgentRule[]) {
  const fake = await fakeGoogle()
  fake.keys.push(google.key)
  const logged: string[] = []
  const time = { now: Date.parse('2026-06-01T10:00:03Z') }
  const store = memoryStore(() => time.now)
  const handout = { name: 'any', model: { provider: 'anthropic', model: 'test' }, secrets: [] } as unknown as Handout
  const host = gcpHost({
    decisions: decisionsOf(agents),
    handout: async () => handout,
    project: 'p',
    region: 'r',
    gatewayUrl,
    schedulerAccount: caller,
    store,
    accessToken: async () => 'token-of-the-gateway',
    clock: { now: () => time.now, sleep: async () => void (await setImmediate()) },
    log: (...entry) => logged.push(JSON.stringify(entry)),
    googleEndpoint: fake.endpoint,
  })
  const ask = async (path: string, authorization: string, body: unknown) => {
    const headers = { authorization: `Bearer ${authorization}`, 'content-type': 'application/json' }
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await host(new Request(gatewayUrl + path, { method: 'POST', headers, body: text }), {})
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> }
  }
  const environmentOf = ({ template }: Execution): ReadonlyMap<string, string | undefined> =>
    new Map(template.containers.flatMap(({ env = [] }) => env).map(({ name, value }) => [name, value]))

  return {
    fake,
    store,
    logged,
    time,
    /** As Cloud Scheduler and Pub/Sub. */
    call(path: string, body: unknown = {}) {
      const exp = Math.floor(Date.now() / 1000) + 600
      const claims = { iss: 'https://accounts.google.com', aud: gatewayUrl, email: caller, email_verified: true, exp }
      return ask(path, google.sign(claims), body)
    },
    executions: () => [...fake.run.executions.values()],
    shortName: ({ name }: Execution) => name.slice(name.lastIndexOf('/') + 1),
    /** The container of an execution takes its run, or says its last word. */
    async claim(execution: Execution) {
      const env = environmentOf(execution)
      const run = env.get('AL_RUN_ID')
      const secret = `${run}.${'x'.repeat(43)}`
      const session = createHash('sha256').update(secret).digest('hex')
      const container = execution.name.slice(execution.name.lastIndexOf('/') + 1)
      const claimed = await ask('/runs/claim', `${run}.${env.get('AL_TICKET')}`, { session, container })
      return { ...claimed, finish: (outcome: string) => ask('/runs/finish', secret, { outcome }) }
    },
    async runs(name: string) {
      return (await store.list(`runs#${name}`)).map(({ data }) => data as Run)
    },
    close: () => fake.close(),
  }
}

export type GoogleHost = Awaited<ReturnType<typeof googleHost>>

/** The log entry of an execution that has ended, as Cloud Run writes it. */
export function endOf(execution: Execution): object {
  const [, job, short] = /\/jobs\/([^/]+)\/executions\/([^/]+)$/.exec(execution.name) ?? []
  return {
    insertId: '1',
    logName: 'projects/p/logs/cloudaudit.googleapis.com%2Fsystem_event',
    resource: { type: 'cloud_run_job', labels: { job_name: job, location: 'r', project_id: 'p' } },
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'run.googleapis.com',
      methodName: '/Jobs.RunJob',
      resourceName: `namespaces/p/executions/${short}`,
    },
  }
}

/** As Pub/Sub pushes it. */
export const pushed = (entry: unknown): object => ({
  message: { data: Buffer.from(JSON.stringify(entry)).toString('base64'), messageId: '7', attributes: {} },
  subscription: 'projects/p/subscriptions/stopped',
})
