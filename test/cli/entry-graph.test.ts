import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

/** The packages and files that are loaded with an entry, before any command asks for more. */
async function staticGraph(entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  })
  const seen = new Set<string>()
  const visit = (file: string) => {
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import' || seen.has(path)) continue
      seen.add(path)
      if (external !== true) visit(path)
    }
  }
  visit(entry)
  return [...seen]
}

const heavy = /aws-cdk|earendil|aws-sdk|constructs|pulumi|\bink\b|react|zod|hono|dockerode|esbuild|infra\/|functions\//

test('the entry loads Node modules and its version, nothing else', async () => {
  expect((await staticGraph('cli/main.ts')).sort()).toEqual(['cli/version.ts', 'node:fs', 'node:module'])
})

test('help loads no SDK, no CDK, no schema library and no terminal UI library', async () => {
  const loaded = await staticGraph('cli/program.ts')
  expect(loaded).toContain('commander')
  expect(loaded.filter((path) => heavy.test(path))).toEqual([])
})

test('the plan is made and shown without the CDK and without Pulumi', async () => {
  const loaded = await staticGraph('cli/commands/synth.ts')
  expect(loaded.filter((path) => /aws-cdk|constructs|pulumi|infra\/(?:aws|gcp)/.test(path))).toEqual([])
})
