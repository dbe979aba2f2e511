import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BundleName } from '../build/bundles.ts'

const here = dirname(fileURLToPath(import.meta.url))

/**
 * The files of a bundle, by name. The published package carries them ready; in a checkout they are built from the sources
 * at hand, so that they are never older than what one is working on.
 */
export async function bundle(name: BundleName): Promise<ReadonlyMap<string, Uint8Array>> {
  if (import.meta.url.endsWith('.ts')) {
    const { cachedBundle } = await import('../build/cached-bundle.ts')
    return await cachedBundle(name, dirname(here))
  }
  const root = join(packaged, name)
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const files = paths.sort().map(async (path) => [nameOf(root, path), await readFile(path)] as const)
  return new Map(await Promise.all(files))
}

const nameOf = (root: string, path: string): string => relative(root, path).split(sep).join('/')

/** A file that travels as it is, from `docker/`. */
export const dockerFile = (path: string): Promise<string> =>
  readFile(import.meta.url.endsWith('.ts') ? `${dirname(here)}/docker/${path}` : `${packaged}/docker/${path}`, 'utf8')

/** `dist/`, when this file is a chunk in `dist/chunks/` or an entry in `dist/cli/`. */
const packaged = dirname(here)
