import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { entriesOf, type FileTree, modeOf, treeHash } from './images/file-tree.ts'

/** A directory in the output, named by the hash of what is in it. */
export interface StagedAsset {
  readonly directory: string
  readonly hash: string
}

/** Writes a tree into the output. The same content gets the same name wherever it comes from, and is written once. */
export function stageAsset(outdir: string, tree: FileTree, link: (target: string, path: string) => void): StagedAsset {
  const entries = entriesOf(tree)
  const hash = treeHash(entries)
  const directory = `asset.${hash}`
  const root = join(outdir, directory)
  const made = new Set<string>([outdir])
  const makeDirectory = (path: string) => {
    if (made.has(path)) return
    makeDirectory(dirname(path))
    mkdirSync(path, { recursive: true })
    chmodSync(path, 0o755)
    made.add(path)
  }
  for (const entry of entries) {
    const to = join(root, entry.path)
    makeDirectory(dirname(to))
    if (entry.kind === 'link') link(String(entry.bytes), to)
    else {
      writeFileSync(to, entry.bytes)
      chmodSync(to, modeOf(entry))
    }
  }
  return { directory, hash }
}
