/** One request to the stand-in, as a service of Google's would have got it. */
export interface GoogleCall {
  readonly method: string
  /** `run.googleapis.com` */
  readonly host: string
  /** Without the query, as it was sent. */
  readonly path: string
  readonly query: URLSearchParams
  /** The body parsed, where it is JSON. */
  readonly json: unknown
  readonly body: Buffer
  readonly authorization?: string
  /** What Google calls the method, where requests are checked: `run.projects.locations.jobs.run`. */
  readonly id?: string
}

export interface GoogleAnswer {
  /** Default: 200. */
  readonly status?: number
  /** JSON; `raw` instead for a file. */
  readonly body?: unknown
  readonly raw?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** What is the same for all services of a stand-in. */
export interface World {
  readonly project: string
  /** Of the project. */
  readonly number: string
  readonly region: string
}

/** What a request says, with the parts of its path by their names in the template. */
export type Handler = (
  parts: Readonly<Record<string, string>>,
  call: GoogleCall,
) => GoogleAnswer | Promise<GoogleAnswer>

export interface GoogleService {
  readonly host: string
  /** Nothing where this path is not stood in for. */
  answer(call: GoogleCall): GoogleAnswer | Promise<GoogleAnswer> | undefined
}

/**
 * A service of handlers by `METHOD /path`, where `{x}` stands for one part without `/` and `:`, and `{+x}` for several:
 * `POST /v2/projects/{project}/locations/{region}/jobs/{job}:run`. Parts arrive decoded.
 */
export function serviceOf(host: string, handlers: Readonly<Record<string, Handler>>): GoogleService {
  const routes = Object.entries(handlers).map(([key, handler]) => {
    const [method = '', template = ''] = key.split(' ')
    const source = template.split(/(\{\+?\w+\})/).map((part) => {
      const [, plus, name] = /^\{(\+?)(\w+)\}$/.exec(part) ?? []
      if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      return plus ? `(?<${name}>[^:]+)` : `(?<${name}>[^/:]+)`
    })
    return { method, path: new RegExp(`^${source.join('')}$`), handler }
  })
  return {
    host,
    answer(call) {
      for (const { method, path, handler } of routes) {
        const found = method === call.method ? path.exec(call.path) : null
        if (found === null) continue
        const parts = Object.entries(found.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)])
        return handler(Object.fromEntries(parts), call)
      }
      return undefined
    },
  }
}

const codes: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** An error as Google's services answer it. `details` as the API that is off or the quota that is used up has them. */
export const googleError = (status: number, message = 'because', details?: readonly unknown[]): GoogleAnswer => ({
  status,
  body: { error: { code: status, message, status: codes[status] ?? 'UNKNOWN', ...(details && { details }) } },
})

/** What is asked for does not go in the state that a thing is in. */
export const failedPrecondition = (message: string): GoogleAnswer => ({
  status: 400,
  body: { error: { code: 400, message, status: 'FAILED_PRECONDITION' } },
})

export const notFound = (what: string): GoogleAnswer => googleError(404, `${what} was not found`)

/** An API that nobody has enabled in the project. Source: "Troubleshoot API errors", ErrorInfo of SERVICE_DISABLED. */
export const disabledApi = (service: string, number: string): GoogleAnswer =>
  googleError(403, `${service} has not been used in project ${number} before or it is disabled.`, [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'SERVICE_DISABLED',
      domain: 'googleapis.com',
      metadata: { service, consumer: `projects/${number}` },
    },
  ])

/** A permission that the caller lacks. Source: ErrorInfo of IAM_PERMISSION_DENIED. */
export const lackingPermission = (permission: string, resource: string): GoogleAnswer =>
  googleError(403, `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`, [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'IAM_PERMISSION_DENIED',
      domain: 'iam.googleapis.com',
      metadata: { permission, resource },
    },
  ])

/** An operation that is over when it is answered. */
export const done = (name: string, response: unknown): GoogleAnswer => ({ body: { name, done: true, response } })

/** A page of a list by `pageSize` and `pageToken`, of `most` entries at most. */
export function pageOf<T>(items: readonly T[], query: URLSearchParams, most: number): { items: T[]; next: object } {
  const from = Number(query.get('pageToken') ?? 0)
  const size = Math.min(Number(query.get('pageSize') ?? most) || most, most)
  const more = from + size < items.length
  return { items: items.slice(from, from + size), next: more ? { nextPageToken: String(from + size) } : {} }
}
