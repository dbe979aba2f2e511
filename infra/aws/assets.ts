import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compare } from '../../core/project/problem.ts'

/** Files by path, with `/`; what they are named on disk never reaches the output. */
export type FileTree = ReadonlyMap<string, string | Uint8Array | Link>

/** A symbolic link inside the tree. */
export interface Link {
  readonly target: string
}

/** A directory in the assembly, named by the hash of what is in it. */
export interface StagedAsset {
  readonly directory: string
  readonly hash: string
}

/** Writes a tree into the assembly. The same content gets the same name wherever it comes from, and is written once. */
export function stageAsset(outdir: string, tree: FileTree, link: (target: string, path: string) => void): StagedAsset {
  const paths = [...tree.keys()].sort(compare)
  const hash = createHash('sha256')
  for (const path of paths) {
    const content = tree.get(path) ?? ''
    const isLink = typeof content === 'object' && 'target' in content
    const bytes = isLink ? content.target : content
    hash.update(`${isLink ? 'link' : 'file'}\0${path}\0${Buffer.byteLength(bytes)}\0`)
    hash.update(bytes)
  }
  const digest = hash.digest('hex')
  const directory = `asset.${digest}`
  const made = new Set<string>()
  for (const path of paths) {
    const content = tree.get(path) ?? ''
    const to = join(outdir, directory, path)
    if (!made.has(dirname(to))) mkdirSync(dirname(to), { recursive: true })
    made.add(dirname(to))
    if (typeof content === 'object' && 'target' in content) link(content.target, to)
    else writeFileSync(to, content)
  }
  return { directory, hash: digest }
}
