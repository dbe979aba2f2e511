import type { Context } from 'hono'
import { runId } from '../../core/scheduler/run.ts'
import { parseSecret } from '../../core/scheduler/session.ts'
import { type Answer, invalidSecret, refused } from './answer.ts'
import { largestJson, parseObject, readBody } from './body.ts'
import { sessionProblem } from './dashboard/session-proof.ts'
import { keyProblem } from './gateway-secrets.ts'
import type { GatewayOptions } from './options.ts'
import type { Incoming, Route, RunSecret } from './route.ts'

/** What the line in the log says about a request beyond what the response shows. */
export interface Notes {
  readonly requestId: string
  /** The run that the sender says it is. */
  run?: string
  /** What the sender was not told. */
  detail?: string
  /** The sender has not proven that it may ask. */
  unproven?: boolean
  /** Requests that count as one such; 1 when absent. */
  weight?: number
}

declare module 'hono' {
  interface ContextVariableMap {
    notes: Notes
  }
}

/**
 * The Hono handler of a route. Proof that is cheap to check is checked before the body is read, and the body is read
 * before it is parsed.
 */
export const serve = (route: Route, options: GatewayOptions) => async (c: Context) => {
  const answer = await answerOf(route, options, c).catch((error: unknown) => {
    // Hono passes on what is no Error, past its error handler.
    throw error instanceof Error ? error : new Error(String(error))
  })
  const notes = c.get('notes')
  notes.detail = answer.detail
  if (answer.weight !== undefined) notes.weight = answer.weight
  const { status } = answer
  if (status === 401 || status === 403 || (status === 404 && route.access === 'signed')) notes.unproven = true
  return respond(answer, notes)
}

/** The response to an answer. All headers are set here: touching them later makes a slow response of a fast one. */
export const respond = ({ status, body, headers }: Answer, { requestId }: Notes): Response =>
  new Response(body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
      ...headers,
    },
  })

async function answerOf(route: Route, options: GatewayOptions, c: Context): Promise<Answer> {
  const bearer = bearerOf(c.req.header('authorization'))
  if (route.access === 'key') {
    const detail =
      bearer === undefined
        ? await sessionProblem(options, c.req.method, (name) => c.req.header(name))
        : await keyProblem(options, bearer)
    if (detail !== undefined) return { ...refused(401, 'Unauthorized', askForBearer), detail }
  }
  if (route.access === 'bearer' && bearer === undefined) {
    return refused(401, 'missing secret: send it as "Authorization: Bearer <run id>.<secret>"', askForBearer)
  }
  if (route.access === 'bearer' && parseSecret(bearer ?? '') === undefined) return invalidSecret()

  const read = (limit: number) => options.readBody?.(c, limit) ?? readBody(c.req.raw, limit)
  let body: Readonly<Record<string, unknown>> = {}
  if (route.body !== undefined) {
    const bytes = await read(largestJson)
    if (bytes.kind === 'too large') return refused(413, `the body is larger than ${largestJson} bytes`)
    const parsed = bytes.kind === 'read' ? parseObject(bytes.bytes) : undefined
    if (parsed === undefined) return refused(400, 'invalid JSON body')
    body = parsed
  }
  const query = c.req.query()
  let session: RunSecret | undefined
  if (route.access === 'session' || route.access === 'bearer') {
    const secret = bearer ?? (route.access === 'session' ? (body.secret ?? query.secret) : undefined)
    if (typeof secret !== 'string' || secret === '') {
      c.get('notes').unproven = true
      return refused(400, 'missing secret')
    }
    session = parseSecret(secret)
    if (session === undefined) return invalidSecret()
    c.get('notes').run = runId(session)
  }
  const header = (name: string) => c.req.header(name)
  const incoming: Incoming = { params: c.req.param(), query, body, session, header, path: c.req.path, readBody: read }
  return await route.serve(incoming)
}

const askForBearer = { 'www-authenticate': 'Bearer' }

function bearerOf(header: string | undefined): string | undefined {
  const [, value] = /^bearer +(\S+) *$/i.exec(header ?? '') ?? []
  return value
}
