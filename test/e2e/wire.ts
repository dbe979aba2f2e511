import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/**
 * What happens to one request of a function to AWS. Between two of them a function changes nothing outside itself, so
 * dying before or after one of them is all the ways there are to die.
 */
export type Fate = 'pass' | 'die before' | 'die after' | 'lose the answer' | 'throttle'

export interface WireOptions {
  /** Base URLs. */
  readonly dynamoDb: string
  readonly others: string
  /** `action` is `PutItem`, `RunTask` …; `Invoke` for a function. */
  readonly fateOf: (action: string) => Fate
  /** Kills whoever is at this end. */
  readonly die: () => void
  /** A request has been served, and its sender does not know yet. */
  readonly served: (action: string, body: string) => void
}

/** The way of one process to AWS. Answers its base URL. */
export async function startWire({ dynamoDb, others, fateOf, die, served }: WireOptions) {
  const agent = new Agent({ keepAlive: true })
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await text(incoming)
    const [target = '', action = 'Invoke'] = String(incoming.headers['x-amz-target'] ?? '').split('.')
    const fate = fateOf(action)
    if (fate === 'throttle') return turnAway(outgoing, action)
    if (fate !== 'die before') {
      const to = new URL(incoming.url ?? '/', target.startsWith('DynamoDB') ? dynamoDb : others)
      const headers = { ...incoming.headers, host: to.host, 'content-length': Buffer.byteLength(body) }
      const forwarded = request(to, { agent, method: incoming.method, headers })
      forwarded.end(body)
      const [answer] = (await once(forwarded, 'response')) as [IncomingMessage]
      const said = await text(answer)
      served(action, body)
      if (fate === 'pass') {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(said)
        return
      }
    }
    if (fate !== 'lose the answer') die()
    incoming.socket.destroy()
  }
  const server = createServer((incoming, outgoing) => {
    // The sender may be dead by now.
    serve(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      agent.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export type Wire = Awaited<ReturnType<typeof startWire>>

function turnAway(outgoing: ServerResponse, action: string): void {
  const [status, type] = action === 'Invoke' ? [429, 'TooManyRequestsException'] : [400, 'ThrottlingException']
  outgoing
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type })
    .end(JSON.stringify({ __type: type, message: 'Rate exceeded' }))
}
