import { expect, test } from 'vitest'
import { breakages } from './breakages.ts'
import { broken } from './broken.ts'
import { allFaults } from './scenario.ts'
import { simulate } from './simulation.ts'

/** Histories within which the simulation has to notice. */
const seeds = 200

test.each(breakages)('the simulation notices when $name', { timeout: 300_000 }, async (breakage) => {
  const subject = await broken(breakage)
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = await simulate({ seed, subject, faults: { ...allFaults, ...breakage.faults } })
    if (violation === undefined) continue
    expect(breakage.noticed).toContain(violation.rule)
    return
  }
  expect.fail(`nothing noticed in ${seeds} histories`)
})
