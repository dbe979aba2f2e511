import { largestPayload } from '../../core/scheduler/payload.ts'
import { type Ended, failed, UsageError } from './command.ts'
import { exits } from './exit-codes.ts'

export type Read = { readonly text: string } | { readonly refused: Ended }

/** All of the standard input as text, byte for byte. A terminal is not waited for: throws `UsageError`. */
export async function readInput(what: string, stdin: NodeJS.ReadStream): Promise<Read> {
  if (stdin.isTTY) throw new UsageError(`the ${what} is read from standard input, which is a terminal: pipe it in`)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin) {
    size += chunk.length
    // What goes on for ever is not read to its end.
    if (size > largestPayload) return { refused: tooLong(what) }
    chunks.push(chunk)
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks)) }
  } catch {
    return {
      refused: failed(exits.badRequest, `the ${what} is not valid UTF-8 text: encode it, for example as base64`),
    }
  }
}

/** Text given as an argument, if it is not too long. */
export const checkLength = (what: string, text: string): Read =>
  Buffer.byteLength(text) > largestPayload ? { refused: tooLong(what) } : { text }

const tooLong = (what: string): Ended =>
  failed(
    exits.badRequest,
    `the ${what} has more than ${largestPayload} bytes (256 KiB): shorten it, or pass a reference`,
  )
