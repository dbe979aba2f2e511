import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { closeServer, listenOnLoopback } from '../support/loopback.ts'

/**
 * What happens to one request of a process to its cloud. Between two of them a function changes nothing outside itself, so
 * dying before or after one of them is all the ways there are to die.
 */
export type Fate = 'pass' | 'die before' | 'die after' | 'lose the answer' | 'throttle'

export interface WireOptions {
  /** Where a request goes, as a base URL, and what it is called: `PutItem`, `commit`, `run` … */
  readonly lineOf: (incoming: IncomingMessage) => { readonly to: string; readonly action: string }
  readonly fateOf: (action: string) => Fate
  /** Kills whoever is at this end. */
  readonly die: () => void
  /** A request has been served, and its sender does not know yet. */
  readonly served: (action: string, body: string) => void
  /** Answers as the cloud does when it has too much to do. */
  readonly turnAway: (outgoing: ServerResponse, action: string) => void
}

/** The way of one process to its cloud. Answers its base URL. */
export async function startWire({ lineOf, fateOf, die, served, turnAway }: WireOptions) {
  const agent = new Agent({ keepAlive: true })
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await text(incoming)
    const line = lineOf(incoming)
    const fate = fateOf(line.action)
    if (fate === 'throttle') return turnAway(outgoing, line.action)
    if (fate !== 'die before') {
      const to = new URL(incoming.url ?? '/', line.to)
      const headers = { ...incoming.headers, host: to.host, 'content-length': Buffer.byteLength(body) }
      const forwarded = request(to, { agent, method: incoming.method, headers })
      forwarded.end(body)
      const [answer] = (await once(forwarded, 'response')) as [IncomingMessage]
      const said = await text(answer)
      served(line.action, body)
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
  const port = await listenOnLoopback(server)
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      agent.destroy()
      await closeServer(server)
    },
  }
}

export type Wire = Awaited<ReturnType<typeof startWire>>
