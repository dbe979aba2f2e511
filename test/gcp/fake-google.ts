import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { descriptionsIn } from '../support/google/discovery.ts'
import { closeServer, listenOnLoopback } from '../support/loopback.ts'
import { type Execution, fakeCloudRun } from './fake-cloud-run.ts'

export interface Call {
  readonly method: string
  /** `run.googleapis.com/v2/…`, with the query. */
  readonly path: string
  readonly authorization?: string
  readonly body: unknown
}

export interface FakeAnswer {
  readonly status?: number
  /** A text is sent as it is. */
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** What becomes of a call: another answer and nothing done, no answer and nothing done, or done and the connection broken. */
export type Fate = FakeAnswer | 'hang' | 'lose the answer'

export const googleError = (status: number, code: string, message = 'because'): FakeAnswer => ({
  status,
  body: { error: { code: status, status: code, message } },
})

const describe = descriptionsIn(process.env.AL_GOOGLE_DISCOVERY)

/**
 * Those services of Google that the gateway calls, on loopback, all at one endpoint: the metadata server, the keys, Cloud Run
 * and Secret Manager. Requests and answers have to be as Google describes them, where the descriptions are there.
 */
export async function fakeGoogle(onRun: (execution: Execution) => void = () => {}) {
  const calls: Call[] = []
  const secrets = new Map<string, string>()
  const keys: unknown[] = []
  const fates: Fate[] = []
  const problems: string[] = []
  const state = { maxAge: 3600, keysDown: false }
  const run = fakeCloudRun(onRun)

  function answer({ method, path, body }: Call): FakeAnswer {
    if (path.startsWith('computeMetadata/')) return { body: { access_token: 'token-of-the-gateway', expires_in: 3600 } }
    if (path === 'www.googleapis.com/oauth2/v3/certs') {
      if (state.keysDown) return googleError(500, 'INTERNAL')
      return { body: { keys }, headers: { 'cache-control': `public, max-age=${state.maxAge}, must-revalidate` } }
    }
    if (path.startsWith('run.googleapis.com/')) return run.answer(method, path, body)
    const [, id] =
      /^secretmanager\.googleapis\.com\/v1\/projects\/[^/]+\/secrets\/([^/]+)\/versions\/latest:access$/.exec(path) ??
      []
    const value = id === undefined ? undefined : secrets.get(id)
    if (value === undefined) return googleError(404, 'NOT_FOUND', `no ${path}`)
    return { body: { payload: { data: Buffer.from(value).toString('base64') } } }
  }

  function look({ method, path, body }: Call, { status = 200, body: answered }: FakeAnswer): void {
    const [, host = '', rest = '', query = ''] = /^([^/]+)(\/[^?]*)(?:\?(.*))?$/.exec(path) ?? []
    const found = describe?.({
      method,
      host,
      path: rest,
      query: new URLSearchParams(query),
      json: body,
      hasBody: body !== undefined,
    })
    if (found === undefined) return
    if (found === 'unknown') problems.push(`${method} ${path} is no method of Google's`)
    else {
      const wrong = [...found.problems, ...(status === 200 ? found.answerProblems(answered) : [])]
      problems.push(...wrong.map((one) => `${found.id}: ${one}`))
    }
  }

  const server = createServer(async (message, response) => {
    const sent = await text(message)
    const { method = '', url = '', headers } = message
    const { authorization } = headers
    const call: Call = { method, path: url.slice(1), authorization, body: sent === '' ? undefined : JSON.parse(sent) }
    calls.push(call)
    const isOfAnApi = /^(?:run|secretmanager)\./.test(call.path)
    const fate = isOfAnApi ? fates.shift() : undefined
    if (fate === 'hang') return
    const done = fate === undefined || fate === 'lose the answer' ? answer(call) : fate
    if (fate === undefined) look(call, done)
    if (fate === 'lose the answer') return message.socket.destroy()
    const { status = 200, body, headers: more } = done
    response.writeHead(status, { 'content-type': 'application/json', ...more })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const host = `127.0.0.1:${await listenOnLoopback(server)}`
  return {
    host,
    /** For `AL_GOOGLE_ENDPOINT`. */
    endpoint: `http://${host}`,
    calls,
    secrets,
    keys,
    run,
    state,
    /** The next calls of an API meet these fates, one each. */
    meet: (...more: readonly Fate[]) => fates.push(...more),
    /** Throws if something was asked that Google does not know. */
    async close() {
      await closeServer(server)
      if (problems.length > 0) throw new Error(problems.join('\n'))
    },
  }
}

export type FakeGoogle = Awaited<ReturnType<typeof fakeGoogle>>
