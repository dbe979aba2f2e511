/** A piece of output: the engine sends one per line, and several for a line of more than 16 KiB. */
export interface LogPiece {
  readonly stream: 'stdout' | 'stderr'
  /** When it was written, as the engine counts: RFC 3339 with nanoseconds. */
  readonly at: string
  readonly bytes: Uint8Array
}

/**
 * Reads a log as the engine streams it (`timestamps` on, no terminal): frames of 8 bytes that name the stream and the
 * length, then the time, a blank and the text.
 */
export async function* logPieces(stream: AsyncIterable<Uint8Array>): AsyncGenerator<LogPiece> {
  let rest = Buffer.alloc(0)
  for await (const chunk of stream) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    while (rest.length >= 8) {
      const end = 8 + rest.readUInt32BE(4)
      if (rest.length < end) break
      const blank = rest.indexOf(0x20, 8)
      const stream = rest[0] === 2 ? 'stderr' : 'stdout'
      yield { stream, at: rest.toString('latin1', 8, blank), bytes: rest.subarray(blank + 1, end) }
      rest = rest.subarray(end)
    }
  }
}

/** The engine's way to name a moment in a request: seconds with nine digits. */
export const asSince = (at: string): string => {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(at) ?? []
  return `${Date.parse(`${seconds}Z`) / 1000}.${fraction.padEnd(9, '0')}`
}
