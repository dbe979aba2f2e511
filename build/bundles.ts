import { build } from 'esbuild'
import { agentPlugins } from './agent-plugins.ts'
import { httpWithoutFetch } from './http-without-fetch.ts'
import { buildPage } from './page.ts'

/**
 * The bundles that leave this machine: one per function, and for the agent's container its entry and the commands an agent
 * types. Each has everything in it but Node itself. A function is one file; the entry is a file with chunks beside it, so
 * that the SDK of a model provider is read only by agents that use it. The page of the dashboard lies in a directory beside
 * the gateways, which read it when somebody looks; the local host has it by itself.
 */
export const bundles = {
  'functions/aws/gateway': { entry: 'functions/aws/gateway.ts', file: 'index.mjs', page: 'dashboard/' },
  'functions/aws/scheduler': { entry: 'functions/aws/scheduler.ts', file: 'index.mjs' },
  'functions/gcp/gateway': { entry: 'functions/gcp/gateway.ts', file: 'index.mjs', page: 'dashboard/' },
  'docker/agent': { entry: 'docker/agent/entry.ts', file: 'entry.mjs', chunks: true },
  'docker/commands': { entry: 'docker/commands/main.ts', file: 'commands.mjs' },
  web: { page: '' },
} as const

export type BundleName = keyof typeof bundles

/**
 * Builds one bundle in memory: its files by name. The same sources give the same bytes on every machine. `tellInputs` hears
 * which files went in, as paths from the root.
 */
export async function buildBundle(
  name: BundleName,
  root: string,
  tellInputs: (paths: readonly string[]) => void = () => {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  const chosen = bundles[name]
  const code = 'entry' in chosen ? await buildCode(chosen, root, tellInputs) : []
  if (!('page' in chosen)) return new Map(code)
  const { files, inputs } = await buildPage(root)
  tellInputs(inputs)
  return new Map([...code, ...[...files].map(([file, bytes]) => [chosen.page + file, bytes] as const)])
}

async function buildCode(
  { entry, file, chunks = false }: { readonly entry: string; readonly file: string; readonly chunks?: boolean },
  root: string,
  tellInputs: (paths: readonly string[]) => void,
): Promise<(readonly [string, Uint8Array])[]> {
  const { outputFiles, metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: [{ in: entry, out: file.replace(/\.mjs$/, '') }],
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    splitting: chunks,
    // A chunk's name comes from the paths of what is in it: node_modules may be a link to somewhere else.
    preserveSymlinks: true,
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [chunks ? agentPlugins : [], httpWithoutFetch].flat(),
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
  tellInputs(Object.keys(metafile.inputs).filter((path) => !path.includes(':')))
  return outputFiles.map(({ path, contents }) => [path.slice(1), contents] as const)
}
