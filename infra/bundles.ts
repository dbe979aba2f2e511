import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BundleName } from '../build/bundles.ts'

const here = dirname(fileURLToPath(import.meta.url))

/**
 * The bytes of a function's bundle. The published package carries them ready; in a checkout they are built from the
 * sources at hand, so that they are never older than what one is working on.
 */
export async function bundle(name: BundleName, file: string): Promise<Uint8Array> {
  if (!import.meta.url.endsWith('.ts')) return readFile(`${packaged}/${name}/${file}`)
  const { buildBundle } = await import('../build/bundles.ts')
  return buildBundle(name, dirname(here))
}

/** A file that travels as it is, from `docker/`. */
export const dockerFile = (path: string): Promise<string> =>
  readFile(import.meta.url.endsWith('.ts') ? `${dirname(here)}/docker/${path}` : `${packaged}/docker/${path}`, 'utf8')

/** `dist/`, when this file is a chunk in `dist/chunks/` or an entry in `dist/cli/`. */
const packaged = dirname(here)
