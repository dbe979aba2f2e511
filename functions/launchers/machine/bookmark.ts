import { readFileSync, rmSync, writeFileSync } from 'node:fs'

/** Milliseconds between two writes; a host that is killed repeats at most what it has read in that time. */
const often = 200

/** Where one has read to, kept in a small file. */
export function bookmark(path: string) {
  let written = 0
  let waiting: string | undefined
  const write = () => {
    if (waiting !== undefined) writeFileSync(path, waiting)
    waiting = undefined
    written = performance.now()
  }
  return {
    /** Nothing when nobody has read yet. */
    read(): string | undefined {
      try {
        return readFileSync(path, 'utf8') || undefined
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    move(to: string) {
      waiting = to
      if (performance.now() - written > often) write()
    },
    flush: write,
    remove: () => {
      waiting = undefined
      rmSync(path, { force: true })
    },
  }
}
