import { createHash } from 'node:crypto'
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

/** One file of a tree; of a link the bytes are where it leads. */
export interface TreeEntry {
  readonly path: string
  readonly kind: 'file' | 'script' | 'link'
  readonly bytes: string | Uint8Array
}

/** The files of a tree in the one order that does not depend on where they come from. */
export const entriesOf = (tree: FileTree): TreeEntry[] =>
  [...tree].sort(([a], [b]) => compare(a, b)).map(([path, content]) => ({ path, ...kindOf(content) }))

/** SHA-256 in hex over paths, kinds and bytes: two trees have the same one if they would be written the same. */
export function treeHash(entries: readonly TreeEntry[]): string {
  const hash = createHash('sha256')
  for (const { path, kind, bytes } of entries) {
    hash.update(`${kind}\0${path}\0${Buffer.byteLength(bytes)}\0`)
    hash.update(bytes)
  }
  return hash.digest('hex')
}

/** Modes are set, not left to the umask: images and zip archives carry them, and what runs there is another user. */
export const modeOf = ({ kind }: TreeEntry): number => (kind === 'file' ? 0o644 : kind === 'script' ? 0o755 : 0o777)

function kindOf(content: FileContent): { kind: TreeEntry['kind']; bytes: string | Uint8Array } {
  if (typeof content === 'string' || content instanceof Uint8Array) return { kind: 'file', bytes: content }
  return 'script' in content ? { kind: 'script', bytes: content.script } : { kind: 'link', bytes: content.target }
}
