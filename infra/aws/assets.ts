import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compare } from '../../core/project/problem.ts'

/** Files by path, with `/`; what they are named on disk never reaches the output. */
export type FileTree = ReadonlyMap<string, FileContent>

export type FileContent = string | Uint8Array | Script | Link

/** A file that may be executed. */
export interface Script {
  readonly script: Uint8Array
}

/** A symbolic link inside the tree. */
export interface Link {
  readonly target: string
}

/** A directory in the assembly, named by the hash of what is in it. */
export interface StagedAsset {
  readonly directory: string
  readonly hash: string
}

/**
 * Writes a tree into the assembly. The same content gets the same name wherever it comes from, and is written once. Modes
 * are set, not left to the umask: images and zip archives carry them, and what runs there is another user.
 */
export function stageAsset(outdir: string, tree: FileTree, link: (target: string, path: string) => void): StagedAsset {
  const files = [...tree].sort(([a], [b]) => compare(a, b)).map(([path, content]) => ({ path, ...kindOf(content) }))
  const hash = createHash('sha256')
  for (const { path, kind, bytes } of files) {
    hash.update(`${kind}\0${path}\0${Buffer.byteLength(bytes)}\0`)
    hash.update(bytes)
  }
  const digest = hash.digest('hex')
  const directory = `asset.${digest}`
  const root = join(outdir, directory)
  const made = new Set<string>([outdir])
  const makeDirectory = (path: string) => {
    if (made.has(path)) return
    makeDirectory(dirname(path))
    mkdirSync(path, { recursive: true })
    chmodSync(path, 0o755)
    made.add(path)
  }
  for (const { path, kind, bytes } of files) {
    const to = join(root, path)
    makeDirectory(dirname(to))
    if (kind === 'link') link(String(bytes), to)
    else {
      writeFileSync(to, bytes)
      chmodSync(to, kind === 'script' ? 0o755 : 0o644)
    }
  }
  return { directory, hash: digest }
}

function kindOf(content: FileContent): { kind: 'file' | 'script' | 'link'; bytes: string | Uint8Array } {
  if (typeof content === 'string' || content instanceof Uint8Array) return { kind: 'file', bytes: content }
  return 'script' in content ? { kind: 'script', bytes: content.script } : { kind: 'link', bytes: content.target }
}
