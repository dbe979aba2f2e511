import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileProject } from '../compile.ts'
import { agentToml, modelToml, projectInMemory } from '../project/testing/project-in-memory.ts'
import { resourcesOf, resourcesPerStack } from './targets/aws-sizes.ts'
import { shardOf } from './targets/shards.ts'

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)

describe('the stack an agent is in', () => {
  test('is one of those there are, and with one shard the only one', () => {
    fc.assert(
      fc.property(name, fc.integer({ min: 0, max: 6 }), (agent, power) => {
        expect(shardOf(agent, 1)).toBe(0)
        expect(shardOf(agent, 2 ** power)).toBeLessThan(2 ** power)
      }),
    )
  })

  test('splits in two when the number doubles: an agent stays or moves to the new half', () => {
    fc.assert(
      fc.property(name, fc.constantFrom(1, 2, 4, 8, 16, 32), (agent, shards) => {
        expect([shardOf(agent, shards), shardOf(agent, shards) + shards]).toContain(shardOf(agent, 2 * shards))
      }),
    )
  })

  test('spreads agents evenly', () => {
    const counts = new Map<number, number>()
    for (let i = 0; i < 1600; i++)
      counts.set(shardOf(`agent-${i}`, 16), (counts.get(shardOf(`agent-${i}`, 16)) ?? 0) + 1)
    expect(counts.size).toBe(16)
    expect(Math.max(...counts.values())).toBeLessThan(150)
  })
})

function compile(agents: number, shards: number | undefined) {
  const line = shards === undefined ? '' : `shards = ${shards}\n`
  return compileProject(
    projectInMemory({
      'config.toml': `${modelToml}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n${line}`,
      ...Object.fromEntries(
        Array.from({ length: agents }, (_, i) => [`agents/agent-${i}/agent-config.toml`, agentToml]),
      ),
    }),
  )
}

test('an agent is in the same stack whatever other agents there are', () => {
  const shards = (agents: number) => {
    const compiled = compile(agents, 8)
    return compiled.ok ? new Map(compiled.plan.agents.map(({ name, shard }) => [name, shard])) : new Map()
  }
  const [few, many] = [shards(10), shards(40)]
  expect(few.size).toBe(10)
  for (const [agent, shard] of few) expect(many.get(agent)).toBe(shard)
})

test.each([120, 1000])('%i agents are too many for one stack; the number the error names is enough', (agents) => {
  const refused = compile(agents, undefined)
  if (refused.ok) throw new Error('one stack was enough')
  expect(refused.problems).toHaveLength(1)
  const [problem] = refused.problems
  expect(problem?.key).toBe('cloud.shards')
  const needed = Number(/set shards = (\d+)/.exec(problem?.message ?? '')?.[1])
  const compiled = compile(agents, needed)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  const sums = new Map<number, number>()
  for (const agent of compiled.plan.agents) {
    sums.set(agent.shard, (sums.get(agent.shard) ?? 0) + resourcesOf(agent))
  }
  expect(Math.max(...sums.values())).toBeLessThanOrEqual(resourcesPerStack)
  // Half of them would not have been.
  expect(compile(agents, needed / 2).ok).toBe(false)
})
