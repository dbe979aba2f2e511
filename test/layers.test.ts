import { expect, test } from 'vitest'
import { findViolations } from '../scripts/layers.ts'

const check = (file: string, text: string) => findViolations(() => text, [file])

test('core knows nobody', () => {
  expect(check('core/plan/a.ts', "import { readFile } from 'node:fs/promises'")).toHaveLength(1)
  expect(check('core/plan/a.ts', "import { x } from '../../infra/x.ts'")).toHaveLength(1)
  expect(check('core/plan/a.ts', "import type { X } from '../../cli/x.ts'")).toHaveLength(1)
  expect(check('core/plan/a.ts', "import * as z from 'zod'\nimport { y } from '../cron/y.ts'")).toEqual([])
})

test('functions know neither the CLI nor the infrastructure, infrastructure imports no function', () => {
  expect(check('functions/aws/a.ts', "const x = await import('../../infra/aws/x.ts')")).toHaveLength(1)
  expect(check('functions/aws/a.ts', "export { x } from '../../cli/x.ts'")).toHaveLength(1)
  expect(check('infra/aws/a.ts', "import {\n  x,\n} from '../../functions/x.ts'")).toHaveLength(1)
})

test('only tests may use what is for tests', () => {
  expect(check('core/cron/a.ts', "import { model } from './testing/model.ts'")).toHaveLength(1)
  expect(
    check('core/cron/a.test.ts', "import { model } from './testing/model.ts'\nimport { test } from 'vitest'"),
  ).toEqual([])
})
