import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { al, root, scratchDirectory, templatesIn } from '../support/synth-project.ts'

/** Runs the CDK's own command line over this repository's cdk.json. */
function cdk(args: readonly string[]) {
  const entry = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  return spawnSync(process.execPath, [entry, 'synth', '--all', '-q', '--no-notices', ...args], {
    cwd: root,
    encoding: 'utf8',
    // cdk.json says `node`: that has to be the one that runs this test.
    env: { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env.PATH}`, HOME: scratchDirectory() },
  })
}

describe.skipIf(process.env.CI === undefined)("the CDK's own command line (only in CI)", () => {
  test('cdk synth gives the resources that al synth gives', () => {
    const [theirs, ours] = [join(scratchDirectory(), 'out'), join(scratchDirectory(), 'out')]
    const { status, stderr } = cdk(['-c', 'project=examples/acme', '-o', theirs])
    expect(status, stderr).toBe(0)
    expect(al(['synth', '-p', join(root, 'examples/acme'), '-o', ours])).toMatchObject({ code: 0 })
    const [a, b] = [templatesIn(theirs), templatesIn(ours)]
    expect([...a.keys()].sort()).toEqual([...b.keys()].sort())
    expect(a.size).toBeGreaterThan(1)
    for (const [stack, { Resources, Outputs }] of a) {
      // The CDK's command line asks for the path of each construct as metadata; everything else is the same.
      const plain = Object.entries(Resources).map(([id, resource]) => [id, { ...resource, Metadata: undefined }])
      expect(Object.fromEntries(plain)).toEqual(b.get(stack)?.Resources)
      expect(Outputs).toEqual(b.get(stack)?.Outputs)
    }
  })

  test('a broken project makes cdk synth fail with the lines that al synth prints', () => {
    const broken = 'test/fixtures/broken-values'
    const ours = al(['synth', '-p', join(root, broken)])
    expect(ours.code).toBe(3)
    const { status, stderr } = cdk(['-c', `project=${broken}`, '-o', join(scratchDirectory(), 'out')])
    expect(status).not.toBe(0)
    const lines = ours.stderr
      .split('\n')
      .slice(1)
      .filter((line) => line.trim() !== '')
    expect(lines.length).toBeGreaterThan(3)
    for (const line of lines) expect(stderr).toContain(line.trim())
  })
})
