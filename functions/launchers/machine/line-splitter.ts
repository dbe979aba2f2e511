import { StringDecoder } from 'node:string_decoder'

/** Most bytes of a line, about; the rest of a longer one is dropped. */
const longestLine = 1024 * 1024

/** Makes lines of bytes that arrive in pieces of any size. */
export function lineSplitter(onLine: (line: string) => void) {
  const decoder = new StringDecoder('utf8')
  let pieces: string[] = []
  let length = 0
  const keep = (text: string) => {
    if (length < longestLine) pieces.push(text.slice(0, longestLine - length))
    length += text.length
  }
  const end = () => {
    const line = pieces.join('')
    const cut = length > longestLine ? `… (${length - longestLine} more characters)` : ''
    pieces = []
    length = 0
    onLine((line.endsWith('\r') ? line.slice(0, -1) : line) + cut)
  }
  return {
    add(bytes: Uint8Array) {
      const parts = decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).split('\n')
      for (const [i, part] of parts.entries()) {
        if (i > 0) end()
        keep(part)
      }
    },
    /** What came after the last line break counts as a line, too. */
    finish() {
      keep(decoder.end())
      if (length > 0) end()
    },
    /** True between two lines. */
    isEmpty: () => length === 0,
  }
}
