import type { IncomingMessage } from 'node:http'

/**
 * Bytes of a JSON body. The largest legal text is a context or result of 256 KiB, and JSON may write each of its bytes as
 * an escape of six (`\u0007`): 1.5 MiB, and some room for the rest of the body.
 */
export const largestJson = 2 * 1024 * 1024

export type ReadBody =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'too large' }
  /** The sender went away in the middle of it. */
  | { readonly kind: 'broken' }

/**
 * Reads a body of at most `limit` bytes. A larger one is not read to its end: not at all if its length was announced,
 * else up to the chunk that goes over.
 */
export async function readBody({ headers, body }: Request, limit: number): Promise<ReadBody> {
  if (Number(headers.get('content-length')) > limit) {
    // Errors of a stream that nobody wants any more tell nothing.
    await body?.cancel().catch(() => {})
    return { kind: 'too large' }
  }
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body ?? []) {
      size += chunk.byteLength
      // Leaving the loop cancels the stream.
      if (size > limit) return { kind: 'too large' }
      chunks.push(chunk)
    }
  } catch {
    return { kind: 'broken' }
  }
  return { kind: 'read', bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) }
}

/** The same of a Node message, without the way through a web stream, which costs more than all the rest of a request. */
export async function readMessage(message: IncomingMessage, limit: number): Promise<ReadBody> {
  if (Number(message.headers['content-length']) > limit) return { kind: 'too large' }
  // The sender has gone already: there will be no further event.
  if (message.destroyed) return { kind: 'broken' }
  return await new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (read: ReadBody) => {
      message.off('data', take).off('end', done).off('error', lost).off('close', lost)
      resolve(read)
    }
    const take = (chunk: Buffer) => {
      size += chunk.byteLength
      chunks.push(chunk)
      if (size <= limit) return
      message.pause()
      end({ kind: 'too large' })
    }
    const done = () =>
      end({ kind: 'read', bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) })
    const lost = () => end({ kind: 'broken' })
    message.on('data', take).on('end', done).on('error', lost).on('close', lost)
  })
}

/** The object that a JSON body holds; an empty body is an empty object. Nothing if it is anything else. */
export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  if (bytes.byteLength === 0) return {}
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Whether objects and lists stand in one another more than so many levels deep: too deep ones cannot be written again. */
export function nestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((one) => nestedDeeper(one, levels - 1))
}
