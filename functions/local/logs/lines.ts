import { type FileHandle, open } from 'node:fs/promises'

/** A whole line of a file, with the offset in bytes at which the next one begins. */
export interface Line {
  readonly text: string
  readonly end: number
}

const chunk = 64 * 1024
/** Bytes of a line beyond which it is skipped: nobody can read it, and it need not fit into memory. */
const longestLine = 2 * 1024 * 1024
const newline = 0x0a

/** The lines that begin at `from`. One that has no end yet is left for another time. */
export async function* linesFrom(file: string, from: number): AsyncGenerator<Line> {
  await using handle = await open(file)
  let at = from
  let rest: Buffer = Buffer.alloc(0)
  let skipping = false
  for (;;) {
    const bytes = await readAt(handle, at, chunk)
    if (bytes.length === 0) return
    at += bytes.length
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    let start = 0
    for (let end = all.indexOf(newline, start); end >= 0; end = all.indexOf(newline, start)) {
      const text = skipping ? '' : all.toString('utf8', start, end)
      start = end + 1
      skipping = false
      yield { text, end: at - all.length + start }
    }
    rest = all.subarray(start)
    if (rest.length > longestLine) {
      rest = Buffer.alloc(0)
      skipping = true
    }
  }
}

/** The lines before `end`, the last one first. What follows the last line break is no line yet. */
export async function* linesBefore(file: string, end: number): AsyncGenerator<string> {
  await using handle = await open(file)
  let at = end
  // What comes after the last line break found so far; nothing as long as none was found.
  let tail: Buffer | undefined
  while (at > 0) {
    const length = Math.min(chunk, at)
    at -= length
    const bytes = await readAt(handle, at, length)
    let all: Buffer = tail === undefined ? bytes : Buffer.concat([bytes, tail])
    for (let cut = all.lastIndexOf(newline); cut >= 0; cut = all.lastIndexOf(newline)) {
      if (tail !== undefined) yield all.toString('utf8', cut + 1)
      tail = Buffer.alloc(0)
      all = all.subarray(0, cut)
    }
    if (tail !== undefined) tail = all.length > longestLine ? Buffer.alloc(0) : all
  }
  if (tail !== undefined && tail.length > 0) yield tail.toString('utf8')
}

/** The offset behind the last line break; 0 when there is none, or no such file. */
export async function endOfLines(file: string): Promise<number> {
  try {
    await using handle = await open(file)
    let at = (await handle.stat()).size
    while (at > 0) {
      const length = Math.min(chunk, at)
      at -= length
      const cut = (await readAt(handle, at, length)).lastIndexOf(newline)
      if (cut >= 0) return at + cut + 1
    }
    return 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}
