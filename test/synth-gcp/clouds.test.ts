import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withTables } from '../../scripts/cloud-table.ts'
import { root } from '../support/synth-project.ts'

test('docs/clouds.md says what the plans of the two clouds say (node scripts/cloud-table.ts)', () => {
  const written = readFileSync(join(root, 'docs/clouds.md'), 'utf8')
  expect(written).toBe(withTables(written))
})
