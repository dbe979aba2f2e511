/**
 * What loading a project needs of a file system. The paths are relative to the project and use `/`; a path that starts
 * with `~/` is in the user's home directory. A file that cannot be read is an answer like any other. A directory that cannot be
 * listed throws `Unreadable`: nothing sensible can be said about the rest.
 */
export interface ProjectFiles {
  /** Name of the directory itself, for a project that does not state its name. */
  readonly directoryName: string
  /** How -p names the nearest project that this directory lies in; nothing when it lies in none. */
  projectAbove?(): string | undefined
  /** Names and kinds of the entries, links followed, in any order; nothing when there is no such directory. */
  list(path: string): readonly Entry[] | undefined
  /** The file as text. Not read if it is larger than `limit` bytes. */
  read(path: string, limit: number): Content
}

/** A directory is there and cannot be listed. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly path: string

  constructor(path: string, reason: string) {
    super(`cannot be listed: ${reason}`)
    this.path = path
  }
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

/** Largest TOML file and ACTIONS.md, in bytes: nobody writes a larger one by hand, and no prompt could hold it. */
export const largestFile = 1024 * 1024
