import { build } from 'esbuild'

/**
 * The bundles that leave this machine: one per function, one for the agent's container. Each is a single ES module with
 * everything in it but Node itself.
 */
export const bundles = {
  'functions/aws/gateway': { entry: 'functions/aws/gateway.ts', file: 'index.mjs' },
  'functions/aws/scheduler': { entry: 'functions/aws/scheduler.ts', file: 'index.mjs' },
  'functions/gcp/gateway': { entry: 'functions/gcp/gateway.ts', file: 'index.mjs' },
  'docker/agent': { entry: 'docker/agent/entry.ts', file: 'entry.mjs' },
} as const

export type BundleName = keyof typeof bundles

/** Builds one bundle in memory. The same sources give the same bytes on every machine. */
export async function buildBundle(name: BundleName, root: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [bundles[name].entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK's CommonJS files call `require`, which an ES module does not have; the others are smaller, too.
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error(`esbuild produced nothing for ${name}`)
  return output.contents
}
