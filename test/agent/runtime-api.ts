import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from './agent-host.ts'

export interface Answered {
  /** `response` or `error`. */
  readonly kind: string
  readonly body: unknown
}

/** Lambda's runtime API: hands out what it is given, one at a time, and keeps what comes back. */
export async function lambdaRuntimeApi() {
  const answers = new Map<string, Answered>()
  const waiting: { readonly id: string; readonly payload: unknown; readonly seconds: number }[] = []
  let asking: ServerResponse | undefined
  let count = 0

  function handOut(): void {
    if (asking === undefined) return
    const next = waiting.shift()
    if (next === undefined) return
    const { id, payload, seconds } = next
    asking.writeHead(200, {
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(Date.now() + seconds * 1000),
    })
    asking.end(JSON.stringify(payload))
    asking = undefined
  }

  const server = createServer(async (request, response) => {
    const [, , , , id = '', kind = ''] = (request.url ?? '').split('/')
    if (id === 'next') {
      asking = response
      return handOut()
    }
    const text = Buffer.concat(await request.toArray()).toString()
    answers.set(id, { kind, body: JSON.parse(text) })
    response.writeHead(202).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Invokes the function; answers the request id. `seconds`: until Lambda would end it. */
    invoke(payload: unknown, seconds = 300): string {
      const id = `request-${++count}`
      waiting.push({ id, payload, seconds })
      handOut()
      return id
    },
    answer: (id: string) => eventually(() => answers.get(id)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
