import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import pkg from '../package.json' with { type: 'json' }
import { type BundleName, buildBundle, bundles } from './bundles.ts'
import { cdkLevel1 } from './cdk-level-1.ts'
import { commanderWithoutPrograms } from './commander-without-programs.ts'
import { inkWithoutDevtools } from './ink-without-devtools.ts'
import { pulumiWithoutClosures } from './pulumi-without-closures.ts'

/**
 * `npm run build`: everything the published package carries, into dist/. It is made beside and put there at once: a command
 * that is run meanwhile finds the one or the other.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const finished = join(root, 'dist')
const dist = `${finished}.${process.pid}`
const replaced = `${dist}.old`
process.on('exit', () => {
  for (const left of [dist, replaced]) rmSync(left, { recursive: true, force: true })
})

for (const name of Object.keys(bundles) as BundleName[]) {
  for (const [file, content] of await buildBundle(name, root)) {
    mkdirSync(dirname(join(dist, name, file)), { recursive: true })
    writeFileSync(join(dist, name, file), content)
  }
}
// What new agents are made from, and what models are told of writing them, is read as it is.
for (const directory of ['docker/image', 'templates', 'agent-docs']) {
  cpSync(join(root, directory), join(dist, directory), { recursive: true })
}

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { 'cli/main': 'cli/main.ts' },
  outdir: dist,
  write: false,
  bundle: true,
  // A chunk per thing that is loaded lazily: the entry stays as small as what every command needs.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: {
    AL_VERSION: JSON.stringify(pkg.version),
    // React without the checks of its development build.
    'process.env.NODE_ENV': '"production"',
  },
  // Only a checkout builds bundles; the package carries them. The client of Docker brings SSH, which tries for native parts
  // and does without them where they are missing. The CDK's toolkit is an optional peer: only deploying needs it; so is the
  // terminal UI of `al chat`.
  external: ['../build/cached-bundle.ts', '*.node', '@aws-cdk/toolkit-lib', '@earendil-works/pi-tui'],
  plugins: [cdkLevel1(root), commanderWithoutPrograms, inkWithoutDevtools, pulumiWithoutClosures],
})

/** The CDK is CommonJS inside and expects what ES modules do not have. Chunks without it are spared the start-up cost. */
const commonJs = [
  "import{createRequire as __cr}from'node:module'",
  "import{fileURLToPath as __fu}from'node:url'",
  "import{dirname as __dn}from'node:path'",
  'const require=__cr(import.meta.url),__filename=__fu(import.meta.url),__dirname=__dn(__filename);',
].join(';')

for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, /\b(?:require|__dirname|__filename)\b/.test(text) ? commonJs + text : text)
}

if (existsSync(finished)) renameSync(finished, replaced)
renameSync(dist, finished)
