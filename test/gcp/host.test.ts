import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Decisions, Handout } from '../../core/plan/decisions.ts'
import type { Store } from '../../core/store.ts'
import { gcpHost } from '../../functions/gcp/host.ts'
import { firestoreStore } from '../../functions/stores/firestore.ts'
import { metadataToken } from '../../functions/stores/firestore-token.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import { agent, decisionsOf } from '../local/machine.ts'
import { type FakeGoogle, fakeGoogle } from './fake-google.ts'
import { signer } from './signer.ts'

const google = signer('key-1')
const gatewayUrl = 'https://gateway.example'
const schedulerAccount = 'scheduler@p.iam.gserviceaccount.com'
const minute = '2026-06-01T10:00:00Z'

const job = (name: string, line?: string) =>
  agent(name, {
    compute: 'cloud-run-job',
    resource: `al-test-${name}-1a2b3c`,
    ...(line === undefined ? {} : { schedule: { line, timezone: 'UTC' } }),
  })
const agents = [
  job('hourly', '0 * * * *'),
  job('daily', '0 10 * * *'),
  job('later', '2 10 * * *'),
  { ...job('hooked'), triggers: [{ source: 'github', filters: { events: ['push'] } }] },
]
const decisions: Decisions = {
  ...decisionsOf(agents),
  secrets: [
    { id: 's', type: 'github_webhook_secret', instance: 'default', field: 'secret', optional: false, why: 'webhook' },
  ],
  webhooks: [{ source: 'github', provider: 'github', paths: ['/webhooks/github'], secret: 's', unsigned: 'refused' }],
}
const handout: Handout = {
  name: 'hourly',
  timeoutSeconds: 900,
  model: { provider: 'anthropic', model: 'test' } as Handout['model'],
  params: {},
  preflight: [],
  secrets: [],
  instructions: 'do it',
}

let databases = 0
const emulated = process.env.FIRESTORE_EMULATOR_HOST
const stores: readonly [string, () => Store, boolean][] = [
  ['memory', () => memoryStore(), false],
  [
    `Firestore's emulator${emulated ? '' : ' (skipped: FIRESTORE_EMULATOR_HOST is not set)'}`,
    () => firestoreStore({ project: `al-${process.pid}-${databases++}` }),
    !emulated,
  ],
]

describe.each(stores)('with state in %s', (_, open, skipped) => {
  let fake: FakeGoogle
  let store: Store
  let server: Server
  let url: string
  let now: number
  const logged: string[] = []

  beforeEach(async () => {
    if (skipped) return
    fake = await fakeGoogle()
    fake.keys.push(google.key)
    fake.secrets.set('s', 'hush')
    store = open()
    now = Date.parse(minute) + 3000
    logged.length = 0
    const host = gcpHost({
      decisions,
      handout: async (name) => (name === 'hourly' ? handout : undefined),
      project: 'p',
      region: 'r',
      gatewayUrl,
      schedulerAccount,
      store,
      accessToken: metadataToken({ host: fake.host }),
      clock: { now: () => now, sleep: async () => {} },
      log: (...entry) => logged.push(JSON.stringify(entry)),
      googleEndpoint: fake.endpoint,
    })
    server = createServer(getRequestListener(host)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    if (skipped) return
    server.close()
    server.closeAllConnections()
    await fake.close()
    await store.close()
  })

  const token = (claims = {}) =>
    google.sign({
      iss: 'https://accounts.google.com',
      aud: gatewayUrl,
      email: schedulerAccount,
      email_verified: true,
      exp: Math.floor(Date.now() / 1000) + 600,
      ...claims,
    })
  const post = async (path: string, headers: Record<string, string> = {}, body = '') => {
    const answer = await fetch(url + path, { method: 'POST', headers, body })
    return { status: answer.status, body: await answer.json() }
  }
  const scheduled = (path: string, time: string | undefined = minute) =>
    post(path, { authorization: `Bearer ${token()}`, ...(time && { 'X-CloudScheduler-ScheduleTime': time }) })
  /** The jobs that were run, in the order of their names. */
  const started = () => {
    const runs = fake.calls.filter(({ path }) => path.endsWith(':run'))
    return runs.map(({ path }) => /al-test-(\w+)-1a2b3c:run$/.exec(path)?.[1]).sort()
  }

  test.skipIf(skipped)(
    'the one job of all schedules ticks the agents whose line fires in its minute, once',
    async () => {
      expect(await scheduled('/internal/tick')).toEqual({ status: 200, body: { failed: 0 } })
      expect(started()).toEqual(['daily', 'hourly'])
      expect(fake.calls.filter(({ path }) => path.endsWith(':run')).map(({ authorization }) => authorization)).toEqual([
        'Bearer token-of-the-gateway',
        'Bearer token-of-the-gateway',
      ])
      // Repeated a minute later, with an offset, and by the clock alone.
      now += 60_000
      expect((await scheduled('/internal/tick', '2026-06-01T12:00:00.123+02:00')).status).toBe(200)
      expect(started()).toHaveLength(2)
      now = Date.parse('2026-06-01T10:02:20Z')
      expect((await scheduled('/internal/tick', '')).status).toBe(200)
      expect(started()).toEqual(['daily', 'hourly', 'later'])
    },
  )

  test.skipIf(skipped)('the job of one schedule ticks its agent in a minute that its line names', async () => {
    expect((await scheduled('/internal/tick?agent=daily')).status).toBe(200)
    expect((await scheduled('/internal/tick?agent=later')).status).toBe(200)
    expect((await scheduled('/internal/tick?agent=gone')).status).toBe(200)
    expect(started()).toEqual(['daily'])
    expect(logged.join('\n')).toContain('unscheduled')
    expect((await scheduled('/internal/tick?agent=daily', 'soon')).status).toBe(400)
  })

  test.skipIf(skipped)('whoever is not the scheduler gets 401, and nothing happens', async () => {
    const headers = [
      {},
      { authorization: 'Bearer abc' },
      { authorization: `Bearer ${token({ email: 'somebody@gmail.com' })}` },
      { authorization: `Bearer ${token({ aud: 'https://elsewhere.example' })}` },
    ]
    for (const path of ['tick', 'tick?agent=daily', 'sweep', 'stopped', 'other'].map((one) => `/internal/${one}`)) {
      for (const one of headers) {
        expect(await post(path, one as Record<string, string>)).toEqual({
          status: 401,
          body: { error: 'Unauthorized' },
        })
      }
    }
    expect(started()).toEqual([])
    expect(await store.list('live')).toEqual([])
    fake.state.keysDown = true
    fake.state.maxAge = 0
    now += 3600_000
    expect((await scheduled('/internal/tick')).status).toBe(503)
    expect(started()).toEqual([])
  })

  test.skipIf(skipped)(
    'a container claims with what its job was started with, and its run is lost when it falls silent',
    async () => {
      await scheduled('/internal/tick?agent=hourly')
      const { body } = fake.calls.find(({ path }) => path.endsWith(':run')) as unknown as {
        body: { overrides: { containerOverrides: [{ env: { name: string; value: string }[] }] } }
      }
      const env = new Map(body.overrides.containerOverrides[0].env.map(({ name, value }) => [name, value]))
      const run = env.get('AL_RUN_ID')
      const session = createHash('sha256')
        .update(`${run}.${'x'.repeat(43)}`)
        .digest('hex')
      const claimed = await fetch(`${url}/runs/claim`, {
        method: 'POST',
        headers: { authorization: `Bearer ${run}.${env.get('AL_TICKET')}`, 'content-type': 'application/json' },
        body: JSON.stringify({ session, container: 'al-test-hourly-1a2b3c-x7k2p' }),
      })
      expect([claimed.status, ((await claimed.json()) as { config: unknown }).config]).toEqual([200, handout])
      expect(env.get('GATEWAY_URL')).toBe(gatewayUrl)

      now += 311_000
      expect(await scheduled('/internal/sweep', '2026-06-01T10:05:00Z')).toEqual({ status: 200, body: { failed: 0 } })
      expect(fake.calls.at(-1)?.path).toMatch(/al-test-hourly-1a2b3c\/executions\/al-test-hourly-1a2b3c-x7k2p:cancel$/)
      expect(await store.list('live')).toEqual([])
      expect(logged.join('\n')).not.toContain(env.get('AL_TICKET'))
    },
  )

  test.skipIf(skipped)('once an hour, executions are looked through for one that outlived its run', async () => {
    const listings = () => fake.calls.filter(({ path }) => path.includes('/executions?')).length
    await scheduled('/internal/sweep', '2026-06-01T10:59:00Z')
    expect(listings()).toBe(0)
    await scheduled('/internal/sweep', '2026-06-01T11:00:00Z')
    expect(listings()).toBe(agents.length)
  })

  test.skipIf(skipped)('when a tick fails the others still happen, and the whole is asked for again', async () => {
    const healthy = store.commit
    let broken = true
    // One write of the store goes wrong: the first.
    store.commit = async (writes) => {
      const breaks = broken
      broken = false
      if (breaks) throw new Error('no disk')
      return await healthy(writes)
    }
    expect(await scheduled('/internal/tick')).toEqual({ status: 500, body: { failed: 1 } })
    expect(started()).toHaveLength(1)
    expect(await scheduled('/internal/tick')).toEqual({ status: 200, body: { failed: 0 } })
    expect(started()).toEqual(['daily', 'hourly'])
  })

  test.skipIf(skipped)('a webhook is checked against the secret in Secret Manager and starts its agent', async () => {
    const body = JSON.stringify({ ref: 'refs/heads/main', repository: { full_name: 'a/b' }, sender: { login: 'c' } })
    const deliver = async (secret: string) => {
      const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
      const headers = {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': 'd-1',
        'x-hub-signature-256': signature,
        'x-forwarded-for': '6.6.6.6, 192.0.2.7',
      }
      return (await fetch(`${url}/webhooks/github`, { method: 'POST', headers, body })).status
    }
    expect(await deliver('guess')).toBe(401)
    expect(await deliver('hush')).toBe(200)
    expect(started()).toEqual(['hooked'])
    expect((await fetch(`${url}/health`)).status).toBe(200)
    expect(logged.join('\n')).not.toContain('hush')
  })
})
