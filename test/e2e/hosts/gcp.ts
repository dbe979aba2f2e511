import { fork } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { fromEnvironment } from '../../../core/scheduler/start-message.ts'
import { firestoreStore } from '../../../functions/stores/firestore.ts'
import type { Execution } from '../../gcp/fake-cloud-run.ts'
import type { FakeGoogle } from '../../gcp/fake-google.ts'
import { planOf } from '../../launchers/aws-project.ts'
import { HostProcess } from '../host-process.ts'
import { startWire, type Wire } from '../wire.ts'
import { deployToGoogle } from './gcp-deployment.ts'
import type { Container, Host, HostKind } from './host.ts'

const program = join(import.meta.dirname, '../programs/functions-framework.ts')
const emulator = process.env.FIRESTORE_EMULATOR_HOST
const isWrite = new Set(['commit', 'run'])

/** Two instances of the function, as it is uploaded, in Google's framework; Firestore's emulator, and Google on loopback. */
export const gcp: HostKind = {
  name: 'Google Cloud',
  ...(!emulator && { missing: 'FIRESTORE_EMULATOR_HOST is not set' }),
  betweenKills: [60, 220],
  plan: (files) => planOf(files, 'cloud-run'),
  async open(plan, stage, onLaunch): Promise<Host> {
    const launched = (execution: Execution) => {
      const env = execution.template.containers.flatMap((container) => container.env ?? [])
      const message = fromEnvironment(Object.fromEntries(env.map(({ name, value }) => [name, value])))
      if (message === undefined) throw new Error('something was launched without a message')
      onLaunch({ message, container: asContainer(execution, deployment.google) })
    }
    const deployment = await deployToGoogle(plan, launched)
    const { google, project, code } = deployment
    const chance = stage.randomOf('instances')
    const wires: Wire[] = []
    const writes: string[] = []

    const start = async (): Promise<HostProcess> => {
      const wire = await startWire({
        lineOf,
        fateOf: (action) => stage.fateOf(isWrite.has(action)),
        die: () => running.kill(),
        served(action, body) {
          if (action === 'commit') writes.push(body)
        },
        turnAway,
      })
      wires.push(wire)
      const { host } = new URL(wire.url)
      const env = {
        PATH: process.env.PATH,
        ...deployment.env,
        AL_GOOGLE_ENDPOINT: wire.url,
        GCE_METADATA_HOST: host,
        FIRESTORE_EMULATOR_HOST: host,
        AL_LOG_LEVEL: 'debug',
        // What the first process has compiled, the next ones need not.
        NODE_COMPILE_CACHE: join(code, 'compiled'),
      }
      const begin = () =>
        fork(program, [code, stage.clock.path], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
      const running = new HostProcess(begin, { standby: true })
      return running
    }
    const lineOf = ({ url = '' }: IncomingMessage) => {
      const [, method] = /\/documents[^?]*:(\w+)$/.exec(url) ?? []
      if (method !== undefined) return { action: method, to: `http://${emulator}` }
      return { action: /\/jobs\/[^/]+:run$/.test(url) ? 'run' : 'other', to: google.endpoint }
    }
    const instances = [await start(), await start()]

    /** As Cloud Scheduler and Pub/Sub call. True when the answer was a 2xx. */
    const call = (path: string, headers: Record<string, string> = {}, body: object = {}) =>
      stage.invoke(async () => {
        const authorization = deployment.identityAt(stage.clock.now())
        const answered = await chance.pick(instances).fetch(path, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        })
        return answered?.status === 200
      })

    return {
      plan,
      webhookSecret: deployment.webhookSecret,
      gatewayKey: deployment.gatewayKey,
      processes: instances,
      store: firestoreStore({ project, database: plan.names.table, emulator, now: () => stage.clock.now() }),
      send: ({ method = 'POST', path, headers, body, sourceIp = '192.0.2.1' }) =>
        stage.invoke(async () => {
          const answered = await chance.pick(instances).fetch(path, {
            method,
            headers: { 'content-type': 'application/json', 'x-forwarded-for': sourceIp, ...headers },
            ...(method === 'POST' && { body: body ?? '' }),
          })
          return answered && { statusCode: answered.status, body: answered.text }
        }),
      sweep: () => call('/internal/sweep'),
      tick: (agent, at) =>
        call(`/internal/tick?agent=${agent}`, { 'x-cloudscheduler-scheduletime': new Date(at).toISOString() }),
      ended: ({ name }) => call('/internal/stopped', {}, pushOf(name, project)),
      async everythingStored() {
        const documents = `projects/${project}/databases/${plan.names.table}/documents`
        const structuredQuery = { from: [{ collectionId: 'i', allDescendants: true }] }
        const answer = await fetch(`http://${emulator}/v1/${documents}:runQuery`, {
          method: 'POST',
          headers: { authorization: 'Bearer owner' },
          body: JSON.stringify({ structuredQuery }),
        })
        return { items: unquoted(await answer.text()), writes: unquoted(writes.join('\n')) }
      },
      async close() {
        await Promise.all(instances.map((one) => one.close()))
        await Promise.all(wires.map((one) => one.close()))
        await google.close()
      },
    }
  },
}

const asContainer = (execution: Execution, { run }: FakeGoogle): Container => ({
  name: execution.name.slice(execution.name.lastIndexOf('/') + 1),
  isStopped: () => execution.completionTime !== undefined,
  end: (code) =>
    run.end(
      execution,
      code === 0 ? 'succeeded' : 'failed',
      code === 0 ? undefined : `Task failed with exit code ${code}.`,
    ),
})

/** The data of an item is JSON in a text. */
const unquoted = (json: string): string => json.replaceAll('\\"', '"')

/** What Pub/Sub pushes when Cloud Run has logged that an execution ended. */
function pushOf(execution: string, project: string) {
  const entry = {
    logName: `projects/${project}/logs/cloudaudit.googleapis.com%2Fsystem_event`,
    resource: {
      type: 'cloud_run_job',
      labels: { job_name: execution.replace(/-[^-]*$/, ''), location: 'europe-west1', project_id: project },
    },
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'run.googleapis.com',
      methodName: '/Jobs.RunJob',
      resourceName: `namespaces/${project}/executions/${execution}`,
    },
  }
  const data = Buffer.from(JSON.stringify(entry)).toString('base64')
  return { message: { data, messageId: '1' }, subscription: `projects/${project}/subscriptions/stopped` }
}

function turnAway(outgoing: ServerResponse): void {
  const error = { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'too much' }
  outgoing.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
}
