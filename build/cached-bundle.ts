import { randomUUID } from 'node:crypto'
import { globSync } from 'node:fs'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { type BundleName, buildBundle } from './bundles.ts'

interface Cached {
  /** What went in: paths from the root with their stamps. */
  readonly inputs: ReadonlyMap<string, string>
  readonly files: ReadonlyMap<string, Uint8Array>
}

/**
 * The files of a bundle as `buildBundle` makes them, from `node_modules/.cache` if nothing that went in has changed since:
 * in a checkout every command would build them anew, for seconds.
 */
export async function cachedBundle(name: BundleName, root: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const place = join(root, 'node_modules/.cache/action-llama', `${name}.bin`)
  const cached = await read(place)
  if (cached !== undefined && (await isCurrent(cached, root))) return cached.files
  const begun = Date.now()
  const sources: string[] = []
  const files = await buildBundle(name, root, (paths) => sources.push(...paths))
  const inputs = await stampsOf([...sources, ...howItIsBuilt(root)], root, begun)
  if (inputs !== undefined) await write(place, { inputs, files })
  return files
}

/** The rest of what decides over the bytes: the way of building, and the versions of packages. */
const howItIsBuilt = (root: string): readonly string[] => [
  ...globSync('build/*.ts', { cwd: root }),
  'node_modules/.package-lock.json',
]

async function isCurrent({ inputs }: Cached, root: string): Promise<boolean> {
  const same = await Promise.all([...inputs].map(async ([path, then]) => (await stampOf(join(root, path))) === then))
  return same.every(Boolean)
}

/** Nothing if one has changed since `begun`: the build may have read it before. */
async function stampsOf(paths: readonly string[], root: string, begun: number): Promise<Cached['inputs'] | undefined> {
  const inputs = new Map<string, string>()
  for (const path of paths) {
    const file = join(root, path)
    const stamp = await stampOf(file)
    if (stamp === undefined || Number(stamp.split(' ')[0]) >= begun) return undefined
    inputs.set(path, stamp)
  }
  return inputs
}

/** Milliseconds of the last change and bytes. */
const stampOf = (file: string): Promise<string | undefined> =>
  stat(file).then(
    ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
    () => undefined,
  )

/** Nothing if there is none, or one that was written by another version of Node. */
const read = (place: string): Promise<Cached | undefined> =>
  readFile(place)
    .then(deserialize)
    .catch(() => undefined)

/** Commands run side by side: each sees a whole file. A directory that cannot be written costs time only. */
async function write(place: string, cached: Cached): Promise<void> {
  const beside = `${place}.${randomUUID()}`
  try {
    await mkdir(dirname(place), { recursive: true })
    await writeFile(beside, serialize(cached))
    await rename(beside, place)
  } catch {
    // The next command bundles again.
  }
}
