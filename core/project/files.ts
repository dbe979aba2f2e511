/**
 * What loading a project needs of a file system. The paths are relative to the project and use `/`; a path that starts
 * with `~/` is in the user's home directory. A file that cannot be read is an answer like any other; a directory that is there and cannot be listed
 * throws, since nothing sensible can be said about the project.
 */
export interface ProjectFiles {
  /** Name of the directory itself, for a project that does not state its name. */
  readonly directoryName: string
  /** Names and kinds of the entries, links followed, in any order; nothing when there is no such directory. */
  list(path: string): readonly Entry[] | undefined
  /** The file as text. Larger than `limit` bytes: not read. */
  read(path: string, limit: number): Content
}

export interface Entry {
  readonly name: string
  readonly kind: 'directory' | 'file' | 'other' | 'broken-link'
}

export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'too-large'; readonly bytes: number }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Largest TOML file and ACTIONS.md, in bytes: beyond it nobody wrote it by hand, and no prompt can hold it. */
export const largestFile = 1024 * 1024
