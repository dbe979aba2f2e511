import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Listener = (message: IncomingMessage, response: ServerResponse) => unknown

export interface HttpServer {
  /** Where this machine reaches it, without a slash at the end. */
  readonly url: string
  /** From now on requests are answered; until then they wait. Called once. */
  serve(listener: Listener): void
  /** Accepts nothing more, lets requests finish for `longestFarewell`, then cuts them off. */
  close(): Promise<void>
}

/**
 * Milliseconds that a client may take: for its headers; for its whole request, a body of 4 MiB included; without reading or
 * sending anything at all. Without them a few slow clients could hold every connection for ever.
 */
export interface Patience {
  readonly headers: number
  readonly request: number
  readonly silence: number
}

const patience: Patience = { headers: 10_000, request: 60_000, silence: 90_000 }
const longestFarewell = 20_000

/**
 * A server on one address. Port 0 means any that is free. Throws an Error with a hint if the port is in use or not allowed.
 */
export async function httpServer(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  { headers, request, silence }: Patience = patience,
): Promise<HttpServer> {
  const server = createServer({
    headersTimeout: headers,
    requestTimeout: request,
    connectionsCheckingInterval: Math.min(headers, request) / 4,
  })
  server.setTimeout(silence)
  server.listen(port, hostname)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(whyNot(error, hostname, port), { cause: error })
  }
  const bound = server.address() as AddressInfo
  let closing = false
  // A connection that was busy when the server was closed is kept for its client's next request: for seconds, and in vain.
  server.on('request', (_, response) => {
    response.once('close', () => {
      if (closing) setImmediate(() => server.closeIdleConnections())
    })
  })
  return {
    url: `http://${hostOf(hostname)}:${bound.port}`,
    serve(listener) {
      server.on('request', listener)
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      closing = true
      server.close()
      const cut = setTimeout(() => server.closeAllConnections(), longestFarewell)
      await closed
      clearTimeout(cut)
    },
  }
}

function whyNot(error: unknown, hostname: string, port: number): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') return `port ${port} is in use; stop what listens there, or choose another port`
  if (code === 'EACCES') return `port ${port} is not allowed for this user; choose one above 1023`
  return `cannot listen on ${hostname}:${port} (${code ?? String(error)}); choose another address or port`
}

/** As it stands in a URL; the wildcard addresses are no place to go to. */
function hostOf(hostname: string): string {
  if (hostname === '0.0.0.0' || hostname === '::') return 'localhost'
  return hostname.includes(':') ? `[${hostname}]` : hostname
}
