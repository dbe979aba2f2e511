import { build } from 'esbuild'
import { agentPlugins } from './agent-plugins.ts'
import { httpWithoutFetch } from './http-without-fetch.ts'

/**
 * The bundles that leave this machine: one per function, and for the agent's container its entry and the commands an agent
 * types. Each has everything in it but Node itself. A function is one file; the entry is a file with chunks beside it, so
 * that the SDK of a model provider is read only by agents that use it.
 */
export const bundles = {
  'functions/aws/gateway': { entry: 'functions/aws/gateway.ts', file: 'index.mjs' },
  'functions/aws/scheduler': { entry: 'functions/aws/scheduler.ts', file: 'index.mjs' },
  'functions/gcp/gateway': { entry: 'functions/gcp/gateway.ts', file: 'index.mjs' },
  'docker/agent': { entry: 'docker/agent/entry.ts', file: 'entry.mjs', chunks: true },
  'docker/commands': { entry: 'docker/commands/main.ts', file: 'commands.mjs' },
} as const

export type BundleName = keyof typeof bundles

/**
 * Builds one bundle in memory: its files by name. The same sources give the same bytes on every machine. `tellInputs` hears
 * which files went in, as paths from the root.
 */
export async function buildBundle(
  name: BundleName,
  root: string,
  tellInputs?: (paths: readonly string[]) => void,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { entry, file, ...options } = bundles[name]
  const { outputFiles, metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: [{ in: entry, out: file.replace(/\.mjs$/, '') }],
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    splitting: 'chunks' in options,
    // A chunk's name comes from the paths of what is in it: node_modules may be a link to somewhere else.
    preserveSymlinks: true,
    chunkNames: 'chunks/[name]-[hash]',
    plugins: ['chunks' in options ? agentPlugins : [], httpWithoutFetch].flat(),
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
  // Modules that a plugin makes have a name with a colon, and no file.
  tellInputs?.(Object.keys(metafile.inputs).filter((path) => !path.includes(':')))
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(1), contents]))
}
