import { request } from 'node:http'

export interface Invocation {
  readonly id: string
  /** What the function was invoked with; nothing if that was no JSON. */
  readonly payload: unknown
  /** Epoch milliseconds at which Lambda ends it. */
  readonly deadline: number
}

/** Lambda's own HTTP interface inside a function (2018-06-01). */
export interface RuntimeApi {
  /** Waits for the next invocation, for as long as it takes: the process is frozen meanwhile. */
  next(): Promise<Invocation>
  answer(invocation: Invocation, answer: unknown): Promise<void>
  fail(invocation: Invocation, message: string): Promise<void>
}

export function runtimeApi(host: string): RuntimeApi {
  const base = `http://${host}/2018-06-01/runtime/invocation`

  // Not `fetch`: it gives up waiting after five minutes.
  async function ask(method: 'GET' | 'POST', path: string, body?: unknown) {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const sent = request(`${base}${path}`, { method, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode = 0, headers } = response
        if (statusCode < 300) resolve({ headers, text: Buffer.concat(chunks).toString() })
        else reject(new Error(`the Lambda runtime API answered ${statusCode} to ${method} ${path}`))
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
    return await promise
  }

  return {
    async next() {
      const { headers, text } = await ask('GET', '/next')
      const deadline = Number(headers['lambda-runtime-deadline-ms'])
      return { id: String(headers['lambda-runtime-aws-request-id']), payload: parsed(text), deadline }
    },
    async answer({ id }, answer) {
      await ask('POST', `/${id}/response`, answer)
    },
    async fail({ id }, message) {
      await ask('POST', `/${id}/error`, { errorType: 'Runtime.AgentError', errorMessage: message })
    },
  }
}

interface Reply {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
