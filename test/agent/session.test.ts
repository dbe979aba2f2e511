import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Handout } from '../../core/plan/decisions.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import { agentHost, eventually, type InstalledAgent, installAgent, startContainer } from './agent-host.ts'

let agent: InstalledAgent
beforeAll(async () => {
  agent = await installAgent()
}, 60_000)
afterAll(() => agent?.[Symbol.dispose]())

const token = 'sk-of-the-model-1234'
const key: Handout['secrets'][number] = {
  id: 'anthropic_key/default/token',
  type: 'anthropic_key',
  instance: 'default',
  field: 'token',
  optional: false,
  why: 'model',
}
const credentials = { 'anthropic_key/default/token': token }
const scripts = {
  works: {
    turns: [
      { text: 'On it.', tools: [{ name: 'bash', input: { command: 'al-status reading; echo 42 | al-return' } }] },
      { text: 'Done.', usage: { input: 1000, output: 50 } },
    ],
  },
  refused: { turns: [{ fail: 'auth' }] },
  spent: { turns: [{ fail: 'quota' }] },
  exits: { turns: [{ tools: [{ name: 'bash', input: { command: 'al-exit 12' } }] }, { text: 'I go on.' }] },
} as const

async function runWith(script: keyof typeof scripts) {
  const model = await startScriptedModel({ scripts })
  await using host = await agentHost({
    app: agent.app,
    credentials,
    config: { secrets: [key], model: { provider: 'anthropic', model: `scripted/${script}`, baseUrl: model.url } },
  })
  const run = await host.done(await host.trigger())
  await host.containers[0]?.ended
  const blocked = (await host.host.plane.trigger({ agent: 'dev', trigger: { kind: 'manual' }, whenBusy: 'refuse' }))
    .kind
  await model.close()
  const logged = host.containers[0]?.logged() ?? []
  return { run, logged, blocked, result: await host.resultOf(run), requests: model.requests }
}

test('a session with a model ends in the record, with what it returned and what it used', async () => {
  const { run, logged, result, requests } = await runWith('works')
  expect(run).toMatchObject({ outcome: 'completed', code: 0, usage: { turnCount: 2 } })
  expect(run.usage?.inputTokens).toBe(1100)
  expect(result).toBe('42')
  expect(logged.find(({ msg }) => msg === 'token-usage')).toMatchObject({ turnCount: 2, inputTokens: 1100 })
  expect(logged.map(({ msg }) => msg)).toEqual(
    expect.arrayContaining(['container starting', 'signal-result', 'run completed']),
  )
  expect(JSON.stringify(requests[0]?.body)).toContain('Do the work.')
})

test('a provider that refuses the model fails the run, and nothing more is started on it', async () => {
  for (const script of ['refused', 'spent'] as const) {
    const { run, blocked } = await runWith(script)
    expect(run).toMatchObject({ outcome: 'error', code: 1 })
    expect(run.reason).toBeTruthy()
    expect(blocked).not.toBe('started')
  }
})

test('al-exit does not end a session; its code is what counts in the end', async () => {
  const { run, requests } = await runWith('exits')
  expect(run).toMatchObject({ outcome: 'error', code: 12, reason: 'rate limit exceeded' })
  expect(requests).toHaveLength(2)
})

test('without a gateway a container takes its prompt and configuration from its environment', async () => {
  const model = await startScriptedModel({ scripts })
  const config = {
    name: 'dev',
    model: { provider: 'anthropic', model: 'scripted/works', baseUrl: model.url },
    credentials: ['anthropic_key'],
    params: { team: 'core' },
    _agentsMd: 'You are the one in the environment.',
    schedule: '0 * * * *',
  }
  const environment = { PROMPT: 'Please begin.', AGENT_CONFIG: JSON.stringify(config) }
  const container = startContainer(agent.app, environment, credentials)
  expect(await container.ended).toBe(0)
  expect(container.output()).toMatch(/^42$/m)
  const asked = JSON.stringify(model.requests[0]?.body)
  expect(asked).toContain('Please begin.')
  expect(asked).toContain('You are the one in the environment.')
  const late = startContainer(agent.app, { ...environment, TIMEOUT_SECONDS: 'soon' }, credentials)
  expect(await late.ended).toBe(1)
  expect(late.output()).toContain('TIMEOUT_SECONDS is no whole number')
  await model.close()
})

test('TIMEOUT_SECONDS is the time of a run without a gateway', async () => {
  const AGENT_CONFIG = JSON.stringify({
    name: 'dev',
    model: { provider: 'bedrock', model: 'm' },
    preflight: [{ provider: 'shell', params: { command: 'sleep 600' } }],
  })
  const container = startContainer(agent.app, { PROMPT: 'x', AGENT_CONFIG, TIMEOUT_SECONDS: '1' })
  expect(await container.ended).toBe(124)
})

test('a container that has nothing to run says what it needs', async () => {
  for (const [environment, message] of [
    [{}, 'PROMPT and AGENT_CONFIG missing'],
    [{ PROMPT: 'x' }, 'AGENT_CONFIG missing'],
    [{ PROMPT: 'x', AGENT_CONFIG: '{' }, 'AGENT_CONFIG is not JSON'],
    [{ PROMPT: 'x', AGENT_CONFIG: '{"name":"a"}' }, 'AGENT_CONFIG: model is missing'],
  ] as const) {
    const container = startContainer(agent.app, environment)
    expect(await container.ended).toBe(1)
    expect(await eventually(() => container.output() || undefined)).toContain(message)
  }
})
