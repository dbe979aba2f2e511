import { closeSync, openSync, readSync } from 'node:fs'
import { bookmark } from '../machine/bookmark.ts'
import { lineSplitter } from '../machine/line-splitter.ts'

const atOnce = 64 * 1024

/** Most that is read in one go, so that an agent that prints without end does not stop the host: 1 MiB. */
const mostPieces = 16

/** Reads the lines of a file that grows, from where the last host has stopped. */
export function fileTail(path: string, onLine: (line: string) => void) {
  const place = bookmark(`${path}.seen`)
  const splitter = lineSplitter(onLine)
  let at = Number(place.read() ?? 0)
  const read = (pieces: number) => {
    const file = openIfThere(path)
    if (file === undefined) return
    try {
      const buffer = Buffer.alloc(atOnce)
      for (let i = 0; i < pieces; i++) {
        const length = readSync(file, buffer, 0, atOnce, at)
        if (length === 0) break
        splitter.add(buffer.subarray(0, length))
        at += length
        // Not within a line: its beginning would be lost if another host went on from here.
        if (splitter.isEmpty()) place.move(String(at))
      }
    } finally {
      closeSync(file)
    }
  }
  return {
    read: () => read(mostPieces),
    /** Reads what is left; what comes after the last line break is a line, too. */
    finish() {
      read(Number.POSITIVE_INFINITY)
      splitter.finish()
    },
    /** Writes down where the next host goes on. */
    flush: () => place.flush(),
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
