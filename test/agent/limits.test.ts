import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Handout } from '../../core/plan/decisions.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import { decisionsOf } from '../local/machine.ts'
import { agentHost, type InstalledAgent, installAgent } from './agent-host.ts'

let agent: InstalledAgent
beforeAll(async () => {
  agent = await installAgent()
}, 60_000)
afterAll(() => agent?.[Symbol.dispose]())

const key: Handout['secrets'][number] = {
  id: 'anthropic_key/default/token',
  type: 'anthropic_key',
  instance: 'default',
  field: 'token',
  optional: false,
  why: 'model',
}

/** A host whose agents have a model that never comes to an end. */
async function tireless(limits: Handout['limits'], maxCostPerDay?: number) {
  const turns = Array.from({ length: 20 }, () => ({ tools: [{ name: 'bash', input: { command: 'true' } }] }))
  const model = await startScriptedModel({ scripts: { default: { turns } } })
  const host = await agentHost({
    app: agent.app,
    credentials: { 'anthropic_key/default/token': 'sk-of-the-model-1234' },
    config: {
      secrets: [key],
      model: { provider: 'anthropic', model: 'claude-sonnet-4-5', baseUrl: model.url },
      ...(limits && { limits }),
    },
    ...(maxCostPerDay && { decisions: { limits: { ...decisionsOf([]).limits, maxCostPerDay } } }),
  })
  return {
    ...host,
    requests: model.requests,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]()
      await model.close()
    },
  }
}

test('a run that has had all its turns ends with code 17, and its record names the limit', async () => {
  await using host = await tireless({ maxTurns: 3 })
  const run = await host.done(await host.trigger())
  expect(run).toMatchObject({ outcome: 'budget_exceeded', code: 17, usage: { turnCount: 3 } })
  expect(run.reason).toBe('maxTurns: 3 of 3 used by this run')
  expect(host.requests).toHaveLength(3)
  expect(JSON.stringify(host.requests[0]?.body)).toContain('The run is ended after 3 of your turns, finished or not.')
  expect(await host.containers[0]?.ended).toBe(17)
})

test('R6: agents that share the budget of a day pass it by one turn each at most; then nothing starts', async () => {
  const limit = 0.004
  await using host = await tireless({ asksForTurns: true }, limit)
  const runs = await Promise.all([await host.trigger('dev'), await host.trigger('helper')].map((id) => host.done(id)))
  const turns = runs.map(({ usage }) => (usage?.cost ?? 0) / (usage?.turnCount ?? 1))
  const spent = runs.reduce((sum, { usage }) => sum + (usage?.cost ?? 0), 0)
  for (const { outcome, reason } of runs) {
    expect(outcome).toBe('budget_exceeded')
    expect(reason).toMatch(/^maxCostPerDay of the project: /)
  }
  expect(spent).toBeGreaterThanOrEqual(limit)
  expect(spent).toBeLessThanOrEqual(limit + turns.reduce((sum, cost) => sum + cost, 0))
  const [today] = (await host.host.plane.overview()).limits
  expect(today).toMatchObject({ scope: 'project', what: 'maxCostPerDay', limit, spent: expect.closeTo(spent, 6) })
  await expect(host.trigger()).rejects.toThrow('refused')
})
