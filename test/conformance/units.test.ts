import { expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { agentToml, modelToml, projectInMemory } from '../../core/project/testing/project-in-memory.ts'
import { dynamoDbEndpoint } from '../support/dynamodb-table.ts'
import { documentsOfARun, unitsOfARun } from '../support/run-units.ts'

test.skipIf(dynamoDbEndpoint === undefined)(
  'a webhook run of a minute with a lock takes at most 21 write units, its day among them, a minute at rest one read unit',
  async () => {
    const steps = await unitsOfARun(dynamoDbEndpoint ?? '')
    expect(steps.at(0)).toEqual({ what: 'sweep at rest', read: 1, write: 0 })
    const sum = steps.at(-1)
    expect(sum?.write).toBeGreaterThan(10)
    expect(sum?.write).toBeLessThanOrEqual(21)
  },
)

test("the estimate of a run's cost on Google Cloud goes by the documents that it reads and writes", async () => {
  const sums = [await documentsOfARun(), await documentsOfARun({ projectScale: true })].map((steps) => steps.at(-1))
  const estimated = ['', 'scale = 4\n'].map((scale) => {
    const files = { 'config.toml': scale + modelToml, 'agents/a/agent-config.toml': agentToml }
    const compiled = compileProject(projectInMemory(files), { provider: 'cloud-run' })
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
    return compiled.plan.cost.per1000Runs[0]?.items.find(({ what }) => what === 'control plane')?.how
  })
  expect(estimated).toEqual(
    sums.map((sum) => expect.stringContaining(`, ${sum?.write} writes and ${sum?.read} reads a run`)),
  )
})
