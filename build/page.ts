import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

export interface Page {
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Which files went in, as paths from the root. */
  readonly inputs: readonly string[]
}

const template = 'web/index.html'
const icon = 'web/icon.svg'

/**
 * The page of the dashboard: `index.html`, and a script and a style sheet whose names change with their content, so that
 * browsers keep them for ever. The same sources give the same bytes on every machine.
 */
export async function buildPage(root: string): Promise<Page> {
  const { outputFiles, metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: { app: 'web/main.ts', style: 'web/style.css' },
    outdir: '/',
    entryNames: '[name]-[hash]',
    preserveSymlinks: true,
    bundle: true,
    write: false,
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    format: 'esm',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
  })
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]))
  const nameOf = (end: string) => [...files.keys()].find((name) => name.endsWith(end)) ?? ''
  const html = (await readFile(join(root, template), 'utf8'))
    .replace('style.css', nameOf('.css'))
    .replace('app.js', nameOf('.js'))
  files.set('index.html', Buffer.from(html))
  files.set('icon.svg', await readFile(join(root, icon)))
  return { files, inputs: [...Object.keys(metafile.inputs), template, icon] }
}
