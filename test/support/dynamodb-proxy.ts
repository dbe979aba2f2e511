import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What the proxy does with a write: forwards it or not, and what it lets the client hear of that. */
export type Fate =
  | 'pass'
  | 'lose the answer'
  | 'keep the answer'
  | 'lose the request'
  | { readonly status: number; readonly body: unknown }
  | Forwarded
interface Forwarded {
  readonly to: 'pass' | 'lose the answer'
  /** Sent instead of the body. */
  readonly as?: string
  /** Happens when DynamoDB has answered and the client has not heard. */
  readonly meanwhile?: () => Promise<unknown>
}
export type OnWrite = (n: number, body: string) => Fate | Promise<Fate>

const failure = (status: number, name: string, rest: object = {}) => ({
  status,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'slow down', ...rest },
})
export const throttled = failure(400, 'ThrottlingException')
export const transactionConflict = failure(400, 'TransactionConflictException')
export const internalError = failure(500, 'InternalServerError')
export const cancelled = (...codes: string[]) =>
  failure(400, 'TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) })

/** Stands between a client and DynamoDB. Reads always pass. */
export async function startProxy(target: string, onWrite: OnWrite) {
  const writes: string[] = []
  const reads: string[] = []
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = (await buffer(incoming)).toString()
    const isWrite = /\.(PutItem|TransactWriteItems)$/.test(String(incoming.headers['x-amz-target']))
    if (!isWrite) reads.push(body)
    const fate = isWrite ? await onWrite(writes.push(body), body) : 'pass'
    if (fate === 'lose the request') return incoming.socket.destroy()
    if (typeof fate === 'object' && 'status' in fate) {
      return outgoing
        .writeHead(fate.status, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify(fate.body))
    }
    const {
      to,
      as: sent = body,
      meanwhile,
    }: Forwarded = typeof fate === 'object' ? fate : { to: fate === 'lose the answer' ? fate : 'pass' }
    const forwarded = request(target, {
      method: 'POST',
      headers: { ...incoming.headers, 'content-length': Buffer.byteLength(sent) },
    })
    forwarded.end(sent)
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage]
    const text = await buffer(answer)
    // Kept until the client hangs up by itself.
    if (fate === 'keep the answer') return
    await meanwhile?.()
    if (to === 'lose the answer') return incoming.socket.destroy()
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(text)
  }
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The bodies of what it was sent. */
    writes: writes as readonly string[],
    reads: reads as readonly string[],
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
