import { describe, expect, test } from 'vitest'
import { compileProject } from '../compile.ts'
import { agentToml, modelToml, projectInMemory, type Texts } from '../project/testing/project-in-memory.ts'
import type { Plan } from './schema.ts'

function costOf(files: Texts, provider?: 'cloud-run'): Plan['cost'] {
  const compiled = compileProject(projectInMemory({ 'config.toml': modelToml, ...files }), { provider })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.plan.cost
}

const one = { 'agents/a/agent-config.toml': agentToml }
const long = { 'agents/a/agent-config.toml': `${agentToml}timeout = 3600\n` }
const usd = (items: readonly { what: string; usd: number }[] | undefined) =>
  Object.fromEntries((items ?? []).map(({ what, usd }) => [what, usd]))

describe('recomputed by hand from the price pages', () => {
  test('1,000 runs of a minute on Lambda with 2 GiB', () => {
    expect(usd(costOf(one).per1000Runs[0]?.items)).toEqual({
      // 60,000 s × 2 GiB × $0.0000166667, 1.5 GiB of /tmp × 60,000 s × $0.0000000309, 1,000 × $0.0000002
      Lambda: 2.003,
      // 9,000 × ($0.000001 + $0.0000002 + 0.05 s × 0.5 GiB × $0.0000133334), 21,000 × $0.000000625 + 22,000 × $0.000000125
      'control plane': 0.0297,
      // 1,000 × $0.05 / 10,000
      secrets: 0.005,
      // 1,000 × 100 KiB = 0.0954 GiB × $0.50
      logs: 0.0477,
    })
  })

  test('1,000 runs of a minute on Fargate with 2 vCPU and 4 GiB', () => {
    const [agent] = costOf(long).per1000Runs
    // 16.667 h × (2 × $0.04048 + 4 × $0.004445 + $0.005 for the address)
    expect(usd(agent?.items).Fargate).toBe(1.729)
    // With control plane, secrets and logs as above.
    expect(agent?.usd).toBeCloseTo(1.729 + 0.0297 + 0.005 + 0.04768, 3)
  })

  test('a project with a scale writes and reads its own item as well', () => {
    const scaled = costOf({ ...one, 'config.toml': `scale = 4\n${modelToml}` }).per1000Runs[0]?.items
    // 9,000 requests as above, 25,000 × $0.000000625 + 23,000 × $0.000000125
    expect(usd(scaled)['control plane']).toBe(0.0323)
    expect(scaled?.find(({ what }) => what === 'control plane')?.how).toBe(
      '9 requests, 25 write and 23 read units a run',
    )
  })

  test('a month in which nothing happens', () => {
    const { usd: total, items } = costOf(one).atRestPerMonth
    expect(usd(items)).toEqual({
      // The model's key and the gateway's
      secrets: 0.8,
      // 0.25 GiB × $0.10
      images: 0.025,
      // 43,200 × ($0.0000002 + 0.05 s × 0.5 GiB × $0.0000133334 + $0.000000125)
      sweep: 0.0284,
    })
    expect(total).toBeCloseTo(0.8534, 4)
  })
})

describe('what is asked for on top', () => {
  const watched = (keys: string) =>
    costOf({ ...one, 'config.toml': `${modelToml}[cloud]\nprovider = "ecs"\nawsRegion = "us-east-1"\n${keys}` })

  test('alarms and a dashboard cost at rest, and only where they are wanted', () => {
    expect(usd(watched('').atRestPerMonth.items)).not.toHaveProperty('alarms')
    const cost = watched('alarmEmail = "ops@example.com"\ndashboard = true\n')
    // 2 × $0.10 and $3
    expect(usd(cost.atRestPerMonth.items)).toMatchObject({ alarms: 0.2, dashboard: 3 })
    // 1,000 × 10 metrics × $0.30 / 730 h, when each run is alone in its hour
    expect(usd(cost.per1000Runs[0]?.items)).toMatchObject({ metrics: 4.1096 })
  })

  test('secrets in Parameter Store cost nothing, at rest and when they are read', () => {
    const { atRestPerMonth, per1000Runs } = watched('secretStore = "parameter-store"\n')
    expect(usd(atRestPerMonth.items).secrets).toBe(0)
    expect(usd(per1000Runs[0]?.items).secrets).toBe(0)
  })

  test('alarms alone measure nothing of a run that ends well', () => {
    const [agent] = watched('alarmEmail = "ops@example.com"\n').per1000Runs
    expect(usd(agent?.items)).not.toHaveProperty('metrics')
  })
})

describe('the bill', () => {
  test('adds up to what its items say', () => {
    for (const provider of [undefined, 'cloud-run'] as const) {
      const cost = costOf({ ...one, 'agents/b/agent-config.toml': `${agentToml}timeout = 3600\n` }, provider)
      for (const { usd, items } of [cost.atRestPerMonth, ...cost.per1000Runs]) {
        expect(usd).toBeCloseTo(
          items.reduce((sum, item) => sum + item.usd, 0),
          3,
        )
      }
      expect(cost.per1000Runs.map(({ agent }) => agent)).toEqual(['a', 'b'])
    }
  })

  test('at rest does not grow with agents that share image and secrets', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`agents/a${i}/agent-config.toml`, agentToml]))
    expect(costOf(many).atRestPerMonth.usd).toBe(costOf(one).atRestPerMonth.usd)
  })

  test('names the date, the region and the source of its prices, and what it assumes', () => {
    const { prices, assumptions } = costOf(one)
    expect(prices).toMatchObject({ asOf: expect.stringMatching(/^\d{4}-\d{2}$/), region: 'us-east-1' })
    expect(prices.source).toContain('https://')
    expect(assumptions.join()).toContain('60 s')
    expect(assumptions.join()).toContain('model usage is billed by the model provider')
  })

  test('on Google Cloud counts what is free: six secrets and three jobs of the scheduler', () => {
    const agents = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`agents/a${i}/agent-config.toml`, agentToml]))
    // Two schedules and the sweep are three jobs; more schedules share one.
    for (const count of [1, 2, 3, 20]) {
      expect(usd(costOf(agents(count), 'cloud-run').atRestPerMonth.items)).toMatchObject({ secrets: 0, schedules: 0 })
    }
  })

  test('of Google Cloud, recomputed by hand from the price pages', () => {
    const { atRestPerMonth, per1000Runs } = costOf(one, 'cloud-run')
    expect(usd(atRestPerMonth.items)).toEqual({
      secrets: 0,
      // The shared image and the gateway's: 2 × 0.25 GiB × $0.10
      images: 0.05,
      schedules: 0,
      // 43,200 × ($0.0000004 + 0.1 s × ($0.000024 + 0.5 GiB × $0.0000025) + $0.0000003)
      sweep: 0.1393,
    })
    expect(usd(per1000Runs[0]?.items)).toEqual({
      // 60,000 s × (2 × $0.000018 + 4 GiB × $0.000002)
      'Cloud Run job': 2.64,
      // 10,000 × ($0.0000004 + 0.1 s × ($0.000024 + 0.5 GiB × $0.0000025)) + 12,000 × $0.0000009 + 22,000 × $0.0000003
      'control plane': 0.0467,
      // 1,000 × $0.03 / 10,000
      secrets: 0.003,
      logs: 0.0477,
    })
  })
})
