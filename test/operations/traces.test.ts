import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Decisions, Handout } from '../../core/plan/decisions.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import { agentHost, eventually, type InstalledAgent, installAgent } from '../agent/agent-host.ts'
import { startCollector } from './collector.ts'

let agent: InstalledAgent
beforeAll(async () => {
  agent = await installAgent()
}, 60_000)
afterAll(() => agent?.[Symbol.dispose]())

const modelKey = 'sk-of-the-model-1234'
const collectorKey = 'key-of-the-collector-5678'
const secretOf = (type: string, why: 'model' | 'header'): Handout['secrets'][number] => ({
  id: `${type}/default/token`,
  type,
  instance: 'default',
  field: 'token',
  optional: false,
  why,
})
const credentials = { 'anthropic_key/default/token': modelKey, 'custom_key/default/token': collectorKey }
const webhooks: Decisions['webhooks'] = [
  { source: 'test', provider: 'test', paths: ['/webhooks/test'], unsigned: 'accepted' },
]
const scripts = {
  works: {
    turns: [
      {
        text: 'On it.',
        tools: [{ name: 'bash', input: { command: 'echo $TRACEPARENT | al-return; echo hush | al-call helper' } }],
      },
      { text: 'Done.', usage: { input: 1000, output: 50 } },
    ],
  },
  refused: { turns: [{ fail: 'auth' }] },
} as const

/** One delivery to a host whose agent talks to a scripted model; what the collector got, and how the run ended. */
async function delivered(endpoint: string, script: keyof typeof scripts = 'works', samplingRate?: number) {
  await using model = asyncDisposable(await startScriptedModel({ scripts }))
  await using host = await agentHost({
    app: agent.app,
    credentials,
    secrets: { 'custom_key/default/token': collectorKey },
    config: {
      secrets: [secretOf('anthropic_key', 'model'), secretOf('custom_key', 'header')],
      preflight: [{ provider: 'shell', params: { command: 'true' } }],
      model: { provider: 'anthropic', model: `scripted/${script}`, baseUrl: model.url },
    },
    decisions: {
      webhooks,
      secrets: [secretOf('custom_key', 'header')],
      telemetry: {
        provider: 'otel',
        endpoint,
        serviceName: 'acme',
        headers: { authorization: 'Bearer ${custom_key}' },
        ...(samplingRate !== undefined && { samplingRate }),
      },
    },
  })
  const body = JSON.stringify({ event: 'check', action: 'go', repo: 'acme/app', secret: 'not for the collector' })
  const since = performance.now()
  const answer = await fetch(`${host.host.url}/webhooks/test`, { method: 'POST', body })
  const answeredAfter = performance.now() - since
  const { runs = [] } = (await answer.json()) as { runs?: { run: string }[] }
  const run = await host.done(runs[0]?.run ?? 'none')
  await eventually(async () => ((await host.host.plane.overview()).runs.length === 0 ? true : undefined))
  await Promise.all(host.containers.map(({ ended }) => ended))
  const output = host.containers.map((container) => container.output()).join('')
  return { status: answer.status, answeredAfter, run, output, result: await host.resultOf(run) }
}

const asyncDisposable = <T extends { close(): Promise<unknown> }>(thing: T) =>
  Object.assign(thing, { [Symbol.asyncDispose]: async () => void (await thing.close()) })

test('a delivery, its launch, its run, its model calls, its tools and whom they call are one trace', async () => {
  await using collector = await startCollector()
  const { run, result } = await delivered(collector.url)
  expect(run.outcome).toBe('completed')
  const byName = (name: string) => collector.spans.filter((span) => span.name === name)
  const one = (name: string) => {
    const [span, ...more] = byName(name)
    if (span === undefined || more.length > 0) {
      throw new Error(`${name}: ${more.length} more in ${collector.spans.map((each) => each.name).join(', ')}`)
    }
    return span
  }
  const root = one('webhook test')
  const ofRun = one('run dev')
  expect(root.parentSpanId).toBeUndefined()
  expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([root.traceId]))
  expect(one('launch dev').parentSpanId).toBe(root.spanId)
  expect(ofRun.parentSpanId).toBe(root.spanId)
  for (const name of ['credentials', 'preflight shell', 'execute_tool bash', 'call dev']) {
    expect([name, byName(name)[0]?.parentSpanId]).toEqual([name, ofRun.spanId])
  }
  const chats = byName('chat scripted/works').filter(({ parentSpanId }) => parentSpanId === ofRun.spanId)
  expect(chats).toHaveLength(2)
  expect(chats[1]?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.system': 'anthropic',
    'gen_ai.request.model': 'scripted/works',
    'gen_ai.usage.input_tokens': 1000,
    'gen_ai.usage.output_tokens': 50,
  })
  expect(one('run helper').parentSpanId).toBe(one('call dev').spanId)
  expect(result).toBe(`00-${root.traceId}-${ofRun.spanId}-01`)
  expect(ofRun.attributes).toMatchObject({
    'al.outcome': 'completed',
    'gen_ai.usage.output_tokens': expect.any(Number),
  })
  expect(ofRun.took).toBeGreaterThanOrEqual(chats.reduce((sum, { took }) => sum + took, 0))
  expect(root.service).toBe('acme/control-plane')
  expect(ofRun.service).toBe('acme/agent')
}, 60_000)

test('the collector is shown its own key, and no other secret, prompt, command or output', async () => {
  await using collector = await startCollector()
  await delivered(collector.url)
  expect(collector.requests.length).toBeGreaterThanOrEqual(2)
  for (const { path, headers, body } of collector.requests) {
    expect(path).toBe('/v1/traces')
    expect(headers.authorization).toBe(`Bearer ${collectorKey}`)
    for (const secret of [
      modelKey,
      collectorKey,
      'On it',
      'Do the work',
      'hush',
      'al-return',
      'not for the collector',
    ]) {
      expect(body).not.toContain(secret)
    }
  }
}, 60_000)

test('a run that fails is a failed span, by kind and not by words', async () => {
  await using collector = await startCollector()
  await delivered(collector.url, 'refused')
  const failed = collector.spans.filter((span) => span.failed).map(({ name }) => name)
  expect(failed.sort()).toEqual(['chat scripted/refused', 'run dev'])
}, 60_000)

test('at a sampling rate of 0 nothing is sent, and tools see no trace', async () => {
  await using collector = await startCollector()
  const { run, result } = await delivered(collector.url, 'works', 0)
  expect(run).toMatchObject({ outcome: 'completed' })
  expect(run).not.toHaveProperty('trace')
  expect(result ?? '').toBe('')
  expect(collector.requests).toEqual([])
}, 60_000)

/** An address at which nobody listens any more. */
async function nobody(): Promise<string> {
  await using gone = await startCollector()
  return gone.url
}

test('a collector that hangs, refuses or is not there changes nothing but one line in the log', async () => {
  await using hanging = await startCollector(() => {})
  await using refusing = await startCollector((response) => response.writeHead(403).end())
  for (const [endpoint, why] of [
    [hanging.url, 'no answer within 1000 ms'],
    [refusing.url, 'the collector answered 403'],
    [await nobody(), 'ECONNREFUSED'],
  ] as const) {
    const { status, answeredAfter, run, output } = await delivered(endpoint)
    expect(status).toBe(200)
    expect(answeredAfter).toBeLessThan(1500)
    expect(run).toMatchObject({ outcome: 'completed', code: 0 })
    const lines = output.split('\n').filter((line) => line.includes('traces could not be exported'))
    // One each of the two containers, `dev` and `helper`.
    expect(lines.map((line) => JSON.parse(line).error)).toEqual([why, why])
  }
}, 120_000)
