import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What happens to one request on its way. */
export type Fate =
  | 'passes'
  /** It arrives, and its answer does not. */
  | 'loses its answer'
  | 'gets a 503'
  /** Nothing ever comes back, and nothing arrives. */
  | 'hangs'
  /** Its answer comes back changed. */
  | ((answer: Record<string, unknown>) => Record<string, unknown>)

export interface GatewayBetween extends AsyncDisposable {
  readonly url: string
  /** Paths of the requests so far. */
  readonly seen: readonly string[]
}

/** A network between a container and its gateway. `fate` is asked for each request: its path, and how often that was asked before. */
export async function gatewayBetween(gateway: string, fate: (path: string, before: number) => Fate) {
  const seen: string[] = []
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    const before = seen.filter((one) => one === path).length
    seen.push(path)
    const happens = fate(path, before)
    if (happens === 'hangs') return
    if (happens === 'gets a 503') return void response.writeHead(503).end('{"error":"busy"}')
    await pass(request, response, `${gateway}${path}`, happens)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  } satisfies GatewayBetween
}

async function pass(request: IncomingMessage, response: ServerResponse, url: string, happens: Fate): Promise<void> {
  const body = Buffer.concat(await request.toArray())
  const { authorization = '', 'content-type': type = 'application/json' } = request.headers
  const answer = await fetch(url, {
    method: request.method ?? 'GET',
    headers: { authorization, 'content-type': type },
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  })
  const text = await answer.text()
  if (happens === 'loses its answer') return void response.destroy()
  const said = typeof happens === 'function' ? JSON.stringify(happens(JSON.parse(text))) : text
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(said)
}
