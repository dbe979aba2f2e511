import { createServer, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { closeServer, listenOnLoopback } from '../support/loopback.ts'

/** Something that the control plane asked AWS to start, as it asked for it. */
export interface Launch {
  readonly kind: 'Invoke' | 'RunTask'
  /** Access key and service that signed for it. */
  readonly credential: string
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
  /** Of the answer. */
  readonly status: number
}

/** Stands between a function and the emulator, hands everything on, and remembers what was launched. */
export async function launchRecorder(upstream: string) {
  const launches: Launch[] = []
  const server = createServer(async (incoming, outgoing) => {
    const body = await text(incoming)
    const { url = '/', method, headers } = incoming
    const isInvoke = /\/functions\/[^/]+\/invocations/.test(url)
    const isLaunch = isInvoke || String(headers['x-amz-target']).endsWith('.RunTask')
    const passed = request(`${upstream}${url}`, { method, headers }, (answer) => {
      const status = answer.statusCode ?? 502
      if (isLaunch) {
        const credential = /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1] ?? ''
        const kind = isInvoke ? 'Invoke' : 'RunTask'
        launches.push({ kind, credential, path: url, headers, body: JSON.parse(body), status })
      }
      outgoing.writeHead(status, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    passed.end(body)
  })
  const port = await listenOnLoopback(server)
  return {
    endpoint: `http://localhost:${port}`,
    launches,
    stop: () => closeServer(server),
  }
}
