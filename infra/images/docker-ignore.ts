import { dirname } from 'node:path/posix'
import library from '@balena/dockerignore'

// Its types describe an ES module; what Node imports is the function itself.
const dockerignore = library as unknown as typeof library.default

/** What a `.dockerignore` leaves out. Paths are relative to its directory, with `/`. */
export interface LeftOut {
  file(path: string): boolean
  /** True only when nothing below can be taken back in. */
  directory(path: string): boolean
}

/** Reads the lines of a `.dockerignore`: the last one that matches a path decides. */
export function leavingOut(patterns: readonly string[]): LeftOut {
  const files = dockerignore()
  const ways = dockerignore()
  for (const pattern of patterns) {
    files.add(pattern)
    ways.add(pattern)
    // What is taken back in can only be found by walking through the directories above it.
    for (const above of directoriesAbove(takenBackIn(pattern))) ways.add(`!${above}`)
  }
  return { file: (path) => files.ignores(path), directory: (path) => files.ignores(path) && ways.ignores(path) }
}

const takenBackIn = (pattern: string): string => /^\s*\/?!(.*)$/.exec(pattern)?.[1]?.trim() ?? ''

function directoriesAbove(path: string): string[] {
  const above: string[] = []
  for (let at = dirname(path); at !== '.' && at !== '/'; at = dirname(at)) above.push(at)
  return above
}
