/** One message of a Docker engine about work that takes a while. */
export interface EngineMessage {
  readonly stream?: string
  readonly status?: string
  /** The layer it is about, while an image is pushed. */
  readonly id?: string
  readonly error?: string
}

/** The engine answers with one JSON object per line, in pieces of any size. */
export async function* messagesOf(stream: NodeJS.ReadableStream): AsyncGenerator<EngineMessage> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const piece of stream as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line)
  }
  if (rest.trim() !== '') yield JSON.parse(rest)
}
