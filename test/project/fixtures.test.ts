import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { planSchema } from '../../core/plan/schema.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { planJsonSchema } from '../../scripts/plan-schema.ts'
import { al } from '../support/temp-project.ts'

const root = resolve(import.meta.dirname, '..', 'fixtures')
const directories = readdirSync(root)
const broken = directories.filter((name) => existsSync(join(root, name, 'EXPECT')))
const valid = directories.filter((name) => !broken.includes(name))

/** A line of EXPECT, and a line of output, as file and key. */
const expected = (name: string): string[] =>
  readFileSync(join(root, name, 'EXPECT'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(': ', ' '))

const place = (line: string): string => line.trim().replace(/^([^\s:]+)(?::\d+)?( [^\s:]+)?: .*$/, '$1$2')

test('there are projects of both kinds to try', () => {
  expect(broken.length).toBeGreaterThanOrEqual(3)
  expect(valid.length).toBeGreaterThanOrEqual(5)
})

test.each(broken)('%s: everything that is wrong is named at once, and nothing else', (name) => {
  const { code, stdout, stderr } = al(['synth', '-p', join(root, name)])
  expect(code).toBe(3)
  expect(stdout).toBe('')
  const named = stderr
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map(place)
  const wanted = expected(name)
  // Syntax errors and names have no key: the file is what is named.
  expect([...new Set(named)].sort()).toEqual([...new Set(wanted)].sort())
  expect(named).toHaveLength(wanted.length)
})

test.each(valid)('%s compiles to a plan that fits its published schema', (name) => {
  for (const provider of [undefined, 'ecs', 'cloud-run'] as const) {
    const compiled = compileProject(projectFiles(join(root, name), '/nonexistent'), { provider })
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
    // Plain JSON: what a script gets is what the renderers read.
    expect(planSchema.parse(JSON.parse(JSON.stringify(compiled.plan)))).toEqual(compiled.plan)
  }
})

test('the published JSON Schema of the plan is current', () => {
  const written = readFileSync(resolve(root, '../../schema/plan.schema.json'), 'utf8')
  expect(written).toBe(planJsonSchema())
})
