import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Breakage } from './breakages.ts'
import type { Subject } from './simulation.ts'

const root = join(import.meta.dirname, '..', '..')

/** The control plane and the memory store, built from sources in which one rule is broken. */
export async function broken({ name, edits }: Breakage): Promise<Subject> {
  const unused = new Set(edits)
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: {
      contents: `export { controlPlane } from './core/scheduler/control-plane.ts'
        export { memoryStore } from './functions/stores/memory.ts'`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    plugins: [
      {
        name: 'break',
        setup(build) {
          build.onLoad({ filter: /\/(?:core|functions)\/.*\.ts$/ }, async ({ path }) => {
            let contents = await readFile(path, 'utf8')
            for (const edit of edits) {
              if (!path.endsWith(`/${edit.file}`)) continue
              if (contents.split(edit.find).length !== 2) {
                throw new Error(`breakage "${name}": ${edit.file} does not have ${edit.find} once`)
              }
              contents = contents.replace(edit.find, () => edit.replace)
              unused.delete(edit)
            }
            return { contents, loader: 'ts' }
          })
        },
      },
    ],
  })
  if (unused.size > 0) throw new Error(`breakage "${name}" does not touch ${[...unused].map(({ file }) => file)}`)
  const code = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64')
  return (await import(`data:text/javascript;base64,${code}`)) as Subject
}
