import { expect, test } from 'vitest'
import { agent, gatewayHost, noon, webhook } from './gateway-host.ts'

test('every control route, locks/status and the logs want the key', async () => {
  const host = gatewayHost()
  const routes = [
    ['GET', '/control/status'],
    ['GET', '/control/instances'],
    ['POST', '/control/pause'],
    ['POST', '/control/trigger/dev'],
    ['POST', '/control/agents/dev/kill'],
    ['GET', '/control/runs/x'],
    ['GET', '/locks/status'],
    ['GET', '/api/logs/scheduler'],
  ] as const
  const wrong = [{}, { authorization: 'Bearer x' }, { authorization: 'Basic x' }, { cookie: 'al_session=x' }]
  for (const [method, path] of routes) {
    for (const headers of wrong) {
      const answer = await host.ask(method, path, { headers: headers as Record<string, string> })
      expect(answer).toMatchObject({ status: 401, body: { error: 'Unauthorized' } })
    }
  }
  expect(host.launches).toEqual([])
})

test('without a stored key nobody may do anything, and the log says which credential is missing', async () => {
  const host = gatewayHost({ stored: new Map() })
  expect(await host.control('GET', '/control/status')).toMatchObject({ status: 401 })
  expect(host.lines).toContainEqual(
    expect.objectContaining({ detail: expect.stringContaining('gateway_api_key/default/key'), level: 'warn' }),
  )
})

test('a key that was replaced is known at once, and a secret store that fails is 503 and never 401', async () => {
  const host = gatewayHost({
    options: {
      secrets: { read: async () => 'old', refresh: async () => 'canary-key-0123456789abcdefghijklmnopqrstuv' },
    },
  })
  expect(await host.control('GET', '/control/status')).toMatchObject({ status: 200 })
  const broken = async () => {
    throw new Error('no answer')
  }
  const other = gatewayHost({ options: { secrets: { read: broken, refresh: broken } } })
  const { status, headers } = await other.control('GET', '/control/status')
  expect([status, headers.get('retry-after')]).toEqual([503, '5'])
})

test('status: of each agent the newest run that is over, also while the next one is on', async () => {
  const host = gatewayHost({ agents: [agent('dev'), agent('review')] })
  const first = await host.start('dev')
  host.advance(5000)
  const body = { outcome: 'error', code: 11, reason: 'no access' }
  expect(await host.ask('POST', '/runs/finish', { body, headers: first.headers })).toMatchObject({ status: 200 })
  host.advance(1000)
  await host.start('dev')
  const { body: status } = await host.control('GET', '/control/status')
  expect(status.agents[0]).toMatchObject({
    state: 'running',
    lastRunAt: noon,
    lastRunDuration: 5000,
    lastOutcome: 'error',
    lastError: 'no access',
  })
  expect(status.agents[1]).toMatchObject({ lastRunAt: null })
})

test('calls: who called whom, of all agents or of one', async () => {
  const host = gatewayHost({ agents: [agent('dev'), agent('review'), agent('other')] })
  const dev = await host.start('dev')
  const body = { targetAgent: 'review', context: 'a secret plan' }
  const { body: called } = await host.ask('POST', '/calls', { body, headers: dev.headers })
  const call = { id: called.callId, caller: dev.run, callerAgent: 'dev', targetAgent: 'review', createdAt: noon }
  for (const query of ['', '?agent=dev', '?agent=review']) {
    const { body: all, text } = await host.control('GET', `/control/calls${query}`)
    expect(all.calls).toMatchObject([call])
    expect(text).not.toContain('secret plan')
  }
  expect((await host.control('GET', '/control/calls?agent=other')).body).toEqual({ calls: [] })
  expect(await host.ask('GET', '/control/calls')).toMatchObject({ status: 401 })
})

test('status: the project, its agents and what runs, without a hash of any secret', async () => {
  const host = gatewayHost({
    agents: [
      agent('dev', { schedule: { line: '0 13 * * *', timezone: 'UTC' } }),
      agent('off', { scale: 0, schedule: { line: '0 13 * * *', timezone: 'UTC' } }),
    ],
    webhooks: [webhook('github', 'github')],
    options: { url: 'https://gw.example', startedAt: noon },
  })
  const dev = await host.start('dev')
  const { body, text } = await host.control('GET', '/control/status')
  expect(body.scheduler).toEqual({
    projectName: 'acme',
    environment: 'default',
    cronJobCount: 1,
    webhooksActive: false,
    webhookUrls: ['https://gw.example/webhooks/github'],
    paused: false,
    blocked: {},
    startedAt: noon,
  })
  expect(body.agents).toEqual([
    {
      name: 'dev',
      state: 'running',
      enabled: true,
      statusText: null,
      nextRunAt: noon + 3600_000,
      queuedWebhooks: 0,
      scale: 1,
      runningCount: 1,
      compute: 'lambda',
      timeoutSeconds: 870,
      schedule: { line: '0 13 * * *', timezone: 'UTC' },
      triggers: [],
      lastRunAt: null,
      lastRunDuration: null,
      lastOutcome: null,
      lastError: null,
      lastRunUsage: null,
    },
    expect.objectContaining({ name: 'off', enabled: false, nextRunAt: null }),
  ])
  expect(body.instances).toMatchObject([
    { id: dev.run, agentName: 'dev', status: 'running', trigger: { kind: 'manual' } },
  ])
  expect(body.running).toBe(1)
  expect((await host.control('GET', '/control/instances')).body).toEqual({ instances: body.instances })
  expect(text).not.toMatch(/[0-9a-f]{64}/)
  expect(text).not.toContain('session')
})

test('trigger: runs an agent now; unknown and busy are 404, paused is 409', async () => {
  const host = gatewayHost({ agents: [agent('dev'), agent('review'), agent('off', { scale: 0 })] })
  const trigger = (name: string, body?: unknown) => host.control('POST', `/control/trigger/${name}`, body)
  const { status, body } = await trigger('dev')
  expect([status, body]).toEqual([200, { success: true, message: 'agent "dev" started', runId: host.launches[0]?.run }])
  expect(await trigger('dev')).toMatchObject({ status: 404, body: { error: 'all runners of agent "dev" are busy' } })
  expect(await trigger('nobody')).toMatchObject({ status: 404, body: { error: 'agent "nobody" not found' } })
  expect(await trigger('off')).toMatchObject({ status: 409, body: { error: expect.stringContaining('scale = 0') } })
  expect(await trigger('review', '{')).toMatchObject({ status: 400, body: { error: 'invalid JSON body' } })
  expect(await trigger('review', { input: 'x'.repeat(262_143) })).toMatchObject({ status: 413 })
  const deep = `{"input":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  expect(await trigger('review', deep)).toMatchObject({ status: 400 })
  await host.control('POST', '/control/pause')
  expect(await trigger('review')).toMatchObject({ status: 409, body: { error: expect.stringContaining('paused') } })
})

test('pause and resume hold and let go of all agents, disable and enable of one', async () => {
  const host = gatewayHost()
  const can = async (name: string) => (await host.control('POST', `/control/trigger/${name}`)).status === 200
  for (const [close, open] of [
    ['/control/pause', '/control/resume'],
    ['/control/agents/dev/disable', '/control/agents/dev/enable'],
    ['/control/agents/dev/pause', '/control/agents/dev/resume'],
  ] as const) {
    const closed = await host.control('POST', close)
    expect(closed).toMatchObject({ status: 200, body: { success: true, message: expect.any(String) } })
    expect(await can('dev')).toBe(false)
    expect(await host.control('POST', open)).toMatchObject({ status: 200, body: { success: true } })
    expect(await can('dev')).toBe(true)
    expect(await host.control('POST', '/control/agents/dev/kill')).toMatchObject({ status: 200, body: { killed: 1 } })
  }
  for (const what of ['enable', 'disable', 'pause', 'resume', 'kill']) {
    expect(await host.control('POST', `/control/agents/nobody/${what}`)).toMatchObject({ status: 404 })
  }
})

test('kill: a run that has not begun ends at once, a running one is told to stop, another is 404', async () => {
  const host = gatewayHost()
  const { body } = await host.control('POST', '/control/trigger/dev')
  const kill = (id: string) => host.control('POST', `/control/kill/${id}`)
  expect(await kill(body.runId)).toMatchObject({
    status: 200,
    body: { success: true, message: `killed "${body.runId}"` },
  })
  const dev = await host.start('dev')
  expect(await kill(dev.run)).toMatchObject({ status: 200, body: { message: `"${dev.run}" is told to stop` } })
  expect(await kill(dev.run)).toMatchObject({ status: 200 })
  expect(await kill(body.runId)).toMatchObject({ status: 404 })
  expect(await kill('dev')).toMatchObject({ status: 404, body: { error: 'instance "dev" not found' } })
  expect(await host.control('POST', '/control/agents/dev/kill')).toMatchObject({ body: { success: true, killed: 1 } })
})

test('history: the newest first, page by page, and a run that is over can be run again', async () => {
  const host = gatewayHost({ agents: [agent('dev', { scale: 5 })] })
  const ids: string[] = []
  for (let i = 0; i < 5; i++) {
    ids.unshift((await host.control('POST', '/control/trigger/dev')).body.runId)
    host.advance(10)
  }
  const list = async (query: string) => (await host.control('GET', `/control/agents/dev/runs${query}`)).body
  const pages = [await list('?limit=3')]
  pages.push(await list(`?limit=3&after=${pages[0].next}`))
  expect(pages.map(({ runs }) => runs.map(({ id }: { id: string }) => id))).toEqual([ids.slice(0, 3), ids.slice(3)])
  expect(pages[1].next).toBeNull()
  for (const query of ['?limit=0', '?limit=201', '?limit=x', '?after=x']) {
    expect(await host.control('GET', `/control/agents/dev/runs${query}`)).toMatchObject({ status: 400 })
  }
  expect(await host.control('GET', '/control/agents/nobody/runs')).toMatchObject({ status: 404 })

  const [newest = ''] = ids
  const retry = (id: string) => host.control('POST', `/control/runs/${id}/retry`)
  expect(await retry(newest)).toMatchObject({ status: 409 })
  expect(await retry('x')).toMatchObject({ status: 404 })
  await host.control('POST', `/control/kill/${newest}`)
  const { status, body } = await retry(newest)
  expect(status).toBe(200)
  expect((await host.control('GET', `/control/runs/${body.runId}`)).body).toMatchObject({
    id: body.runId,
    trigger: { kind: 'retry', of: newest, origin: { kind: 'manual' } },
  })
  expect(await host.control('GET', '/control/runs/dev-00000000000000000000')).toMatchObject({ status: 404 })
})

test('stop says that nothing needs it, or stops the host after its answer', async () => {
  expect(await gatewayHost().control('POST', '/control/stop')).toMatchObject({ status: 409 })
  const stopped = Promise.withResolvers<void>()
  const host = gatewayHost({ options: { stop: () => stopped.resolve() } })
  expect(await host.control('POST', '/control/stop')).toMatchObject({ status: 200, body: { success: true } })
  await stopped.promise
})
