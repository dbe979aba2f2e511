import { setTimeout as sleep } from 'node:timers/promises'
import { whyNoAnswer } from '../../core/no-answer.ts'
import { metadataToken } from './firestore-token.ts'

export interface RestOptions {
  readonly project: string
  /** The database's id. */
  readonly database?: string
  /** Host and port of an emulator; by default what `FIRESTORE_EMULATOR_HOST` says; empty for none. */
  readonly emulator?: string
  /** By default that of the service account, from the metadata server. An emulator is not given it. */
  readonly accessToken?: () => Promise<string>
  readonly fetch?: typeof fetch
  /** How long to wait for one answer, in milliseconds. */
  readonly timeout?: number
}

export type Value = { readonly stringValue: string } | { readonly timestampValue: string }

export interface Document {
  readonly name: string
  readonly fields?: { readonly [field: string]: Partial<Record<'stringValue' | 'timestampValue', string>> }
  readonly updateTime: string
}

export interface Precondition {
  readonly exists?: boolean
  readonly updateTime?: string
}

export type RestWrite = { readonly currentDocument: Precondition } & (
  | { readonly update: { readonly name: string; readonly fields: Readonly<Record<string, Value>> } }
  | { readonly delete: string }
)

/** The calls of the Firestore API that the store is made of. Documents go by their full name. */
export interface Rest {
  /** What all names of documents begin with. */
  readonly documents: string
  /** The documents that exist, by name. */
  batchGet(names: readonly string[]): Promise<ReadonlyMap<string, Document>>
  /** `parent` is the name of the document that the collection is under. */
  runQuery(parent: string, structuredQuery: object): Promise<readonly Document[]>
  /** All of the writes or none. */
  commit(writes: readonly RestWrite[]): Promise<void>
}

/** `busy` may pass by itself; `silent` means that there was no answer; `refused` is Firestore's last word. */
export type Failure = 'busy' | 'silent' | 'refused'

/** A call that failed; never holds the token. `status` is Firestore's, such as `ABORTED`, or why there was no answer. */
export class FirestoreError extends Error {
  override readonly name = 'FirestoreError'
  readonly failure: Failure
  readonly status: string

  constructor(failure: Failure, status: string, message: string) {
    super(message)
    this.failure = failure
    this.status = status
  }
}

const busy = new Set([429, 500, 502, 503, 504])

/**
 * A request is sent so many times in all, and not again once so many milliseconds have gone by. With the timeout of
 * the last one, a commit and the reading back after it end in 20 s: within the 25 s that a command has.
 */
const tries = 5
const patience = 5000
const defaultTimeout = 5000

/** The first pause before a request is sent again, in milliseconds; each further one may be twice as long. */
const firstPause = 100

/**
 * Firestore's REST API over `fetch`. Three calls are all it takes, so there is no client library: loading one costs every
 * cold start of the gateway several times what the gateway itself does. A busy Firestore is asked again; a commit
 * that got no answer is not, because its caller can find out what became of it.
 */
export function firestoreRest(options: RestOptions): Rest {
  const { project, database = '(default)', timeout = defaultTimeout } = options
  const emulator = options.emulator ?? process.env.FIRESTORE_EMULATOR_HOST
  const send = options.fetch ?? fetch
  // The emulator's owner passes every security rule, as a service account does.
  const accessToken = emulator ? async () => 'owner' : (options.accessToken ?? metadataToken({ fetch: send }))
  const documents = `projects/${project}/databases/${database}/documents`
  const origin = emulator ? `http://${emulator}` : 'https://firestore.googleapis.com'

  async function once(method: string, path: string, body: object): Promise<unknown> {
    const token = await accessToken()
    if (token === '') throw new Error('the access token for Firestore is empty')
    const fail = (failure: Failure, status: string, message: string) =>
      new FirestoreError(failure, status, `firestore, ${method}: ${message.replaceAll(token, '…')}`)
    let status: number
    let text: string
    try {
      const answer = await send(`${origin}/v1/${path}:${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeout),
      })
      status = answer.status
      text = await answer.text()
    } catch (error) {
      // Only its code: fetch quotes a header that it cannot send, and the token is in one.
      const code = whyNoAnswer(error)
      throw fail('silent', code, `no answer (${code})`)
    }
    const { answer, error } = parse(text)
    if (status === 200 && error === undefined && answer !== undefined) return answer
    const code = error?.status ?? `HTTP ${status}`
    const failure = busy.has(error?.code ?? status)
      ? 'busy'
      : status === 200 && error === undefined
        ? 'silent'
        : 'refused'
    throw fail(failure, code, `${code}: ${error?.message ?? 'not an answer of Firestore'}`)
  }

  async function call(method: string, path: string, body: object, again: readonly Failure[]): Promise<unknown> {
    const start = performance.now()
    for (let pause = firstPause, left = tries - 1; ; pause *= 2, left--) {
      try {
        return await once(method, path, body)
      } catch (error) {
        const transient = error instanceof FirestoreError && again.includes(error.failure)
        if (!transient || left === 0 || performance.now() - start > patience) throw error
        await sleep(Math.random() * pause)
      }
    }
  }

  return {
    documents,
    async batchGet(names) {
      // In any order, says the API.
      const answer = await call('batchGet', documents, { documents: names }, ['busy', 'silent'])
      const found = (answer as { found?: Document }[]).flatMap((one) => one.found ?? [])
      return new Map(found.map((document) => [document.name, document]))
    },
    async runQuery(parent, structuredQuery) {
      const path = parent.split('/').map(encodeURIComponent).join('/')
      const answer = await call('runQuery', path, { structuredQuery }, ['busy', 'silent'])
      return (answer as { document?: Document }[]).flatMap((one) => one.document ?? [])
    },
    async commit(writes) {
      await call('commit', documents, { writes }, ['busy'])
    },
  }
}

interface ApiError {
  readonly code?: number
  readonly status?: string
  readonly message?: string
}

/** The answer, or the error in it: a list of answers may end in one, whatever the status line said. */
function parse(text: string): { answer?: unknown; error?: ApiError } {
  try {
    const answer: unknown = JSON.parse(text)
    const parts = Array.isArray(answer) ? answer : [answer]
    const error = parts.find((part: { error?: ApiError } | null) => part?.error)?.error
    return { answer, error }
  } catch {
    return {}
  }
}
