import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as it was received, with its attributes as plain values. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly service: string
  readonly failed: boolean
  /** Milliseconds. */
  readonly took: number
  readonly attributes: Readonly<Record<string, unknown>>
}

interface Encoded {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** A collector of traces on loopback: OTLP over HTTP, as JSON. `answer` instead of the usual answer. */
export async function startCollector(answer: (response: ServerResponse) => void = (response) => response.end('{}')) {
  const spans: ReceivedSpan[] = []
  const requests: { readonly path: string; readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }[] =
    []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    requests.push({ path: request.url ?? '', headers: request.headers, body })
    spans.push(...spansIn(body))
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function spansIn(body: string): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body)
  return resourceSpans.flatMap(
    ({ resource, scopeSpans }: { resource: { attributes: Encoded[] }; scopeSpans: { spans: Raw[] }[] }) =>
      scopeSpans.flatMap(({ spans }) => spans.map((span) => received(span, plain(resource.attributes)))),
  )
}

interface Raw {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code: number }
  readonly attributes: Encoded[]
}

const received = (
  { startTimeUnixNano, endTimeUnixNano, status, attributes, ...span }: Raw,
  resource: Readonly<Record<string, unknown>>,
): ReceivedSpan => ({
  ...span,
  service: `${resource['service.name']}/${resource['al.component']}`,
  failed: status.code === 2,
  took: Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6,
  attributes: plain(attributes),
})

const plain = (attributes: readonly Encoded[]) =>
  Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, doubleValue, boolValue, arrayValue } }) => [
      key,
      stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue ?? arrayValue) : Number(intValue)),
    ]),
  )
