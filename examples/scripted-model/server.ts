import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { chooseScript, readConversation } from './conversation.ts'
import { type Piece, type Protocol, protocols, statusOf } from './protocols.ts'
import { type Answer, type Failure, type Script, stepsOf } from './script.ts'

/** A request as it came, for tests to look at. */
export interface RecordedRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
  /** Epoch milliseconds. */
  readonly at: number
}

export interface ScriptedModel {
  /** Without a slash at the end: `http://127.0.0.1:4010`. */
  readonly url: string
  readonly requests: readonly RecordedRequest[]
  close(): Promise<void>
}

export interface ScriptedModelOptions {
  readonly scripts: Readonly<Record<string, Script>>
  /** Default: a free one. */
  readonly port?: number
  /** Default: 127.0.0.1. */
  readonly hostname?: string
  /** Called for each request before it is answered. */
  readonly onRequest?: (request: RecordedRequest) => void
}

/**
 * A server that speaks the streaming protocols of Anthropic (`/v1/messages`) and OpenAI (`/v1/chat/completions`,
 * `/v1/responses`) and says what scripts tell it. What a conversation has come to is read from the conversation, so any
 * number of them run side by side; only failures are counted, by the
 * conversation's model and first message, and turn.
 */
export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const { scripts, port = 0, hostname = '127.0.0.1', onRequest = () => {} } = options
  const requests: RecordedRequest[] = []
  const failed = new Map<string, number>()
  const playing = new Map<string, readonly [string, Script]>()
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // The other side has gone; there is nobody to tell.
      if (response.destroyed) return
      refuse(response, 500, { error: { type: 'api_error', message: String(error) } })
    })
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const protocol = protocols.find((one) => one.path.test(path))
    if (request.method !== 'POST' || !protocol) {
      return refuse(response, 404, { error: { type: 'not_found_error', message: `no such path: ${path}` } })
    }
    const body = await readJson(request)
    const recorded = { path, headers: request.headers, body, at: Date.now() }
    requests.push(recorded)
    onRequest(recorded)
    const conversation = readConversation(body)
    const { turn, key, offersTools } = conversation
    const [name, script] = playing.get(key) ?? chooseScript(scripts, conversation) ?? []
    if (!offersTools) {
      return stream(response, protocol.pieces(conversation, { text: script?.summary ?? 'What happened so far.' }))
    }
    if (name === undefined || script === undefined) {
      return refuse(response, 404, { error: { type: 'not_found_error', message: 'no script for this conversation' } })
    }
    playing.set(key, [name, script])
    const step = stepsOf(script)[turn]
    if (!step) {
      const message = `the script ${name} ends before turn ${turn}`
      return refuse(response, 400, { error: { type: 'invalid_request_error', message } })
    }
    const before = failed.get(`${key} ${turn}`) ?? 0
    const failure = step.failures[before] ?? (step.answer ? undefined : step.failures.at(-1))
    if (failure) {
      failed.set(`${key} ${turn}`, before + 1)
      return fail(response, protocol, failure, protocol.pieces(conversation, step.answer ?? { text: 'never said' }))
    }
    failed.delete(`${key} ${turn}`)
    const answer: Answer = step.answer ?? {}
    await stream(response, protocol.pieces(conversation, answer), answer.pace)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, hostname, resolve)
  })
  const address = server.address()
  const boundPort = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://${hostname}:${boundPort}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function fail(response: ServerResponse, protocol: Protocol, failure: Failure, pieces: readonly Piece[]) {
  switch (failure.fail) {
    case 'hang':
      return
    case 'broken':
      begin(response)
      // The headers and the first pieces have to be on their way before the connection goes.
      for (const piece of pieces.slice(0, Math.ceil(pieces.length / 2))) response.write(encode(piece))
      setImmediate(() => response.destroy())
      return
    case 'overloaded_in_stream':
      begin(response)
      response.end(encode(protocol.errorPiece(failure)))
      return
    default: {
      const { retryAfter } = failure
      if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter))
      refuse(response, statusOf(failure), protocol.failureBody(failure))
    }
  }
}

function refuse(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
}

async function stream(response: ServerResponse, pieces: readonly Piece[], pace = 0): Promise<void> {
  begin(response)
  for (const piece of pieces) {
    if (pace > 0) await setTimeout(pace)
    if (response.destroyed) return
    response.write(encode(piece))
  }
  response.end()
}

function encode({ event, data }: Piece): string {
  return `${event ? `event: ${event}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
  if (typeof body !== 'object' || body === null) throw new Error('the body is no JSON object')
  return { ...body }
}
