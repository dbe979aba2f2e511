import { googleError, notFound, pageOf, serviceOf, type World } from '../service.ts'

/** An entry as `entries.list` answers it. */
export interface FakeLogEntry {
  readonly insertId: string
  readonly timestamp: string
  /** When Cloud Logging got it; default: `timestamp`. */
  readonly receiveTimestamp?: string
  readonly logName?: string
  readonly severity?: string
  readonly textPayload?: string
  readonly jsonPayload?: Readonly<Record<string, unknown>>
  readonly protoPayload?: Readonly<Record<string, unknown>>
  readonly labels?: Readonly<Record<string, string>>
  readonly resource?: { readonly type: string; readonly labels: Readonly<Record<string, string>> }
  readonly trace?: string
}

/**
 * Log entries of the project, and a filter of comparisons joined by AND: `a.b="x"`, `timestamp>="…"`, `a.b=("x" OR "y")`.
 * Anything else is an error, as it is where Google cannot parse a filter.
 */
export function cloudLogging({ project }: World) {
  const entries: FakeLogEntry[] = []
  const sinks = new Map<string, Readonly<Record<string, unknown>>>()
  return {
    entries,
    sinks,
    service: serviceOf('logging.googleapis.com', {
      'GET /v2/projects/{project}/sinks/{id}': ({ id = '' }) => {
        const found = sinks.get(id)
        return found === undefined ? notFound(`Sink ${id}`) : { body: found }
      },
      'PATCH /v2/projects/{project}/sinks/{id}': ({ id = '' }, { json, query }) => {
        const found = sinks.get(id)
        if (found === undefined) return notFound(`Sink ${id}`)
        const change = json as Readonly<Record<string, unknown>>
        const fields = (query.get('updateMask') ?? '').split(',')
        sinks.set(id, { ...found, ...Object.fromEntries(fields.map((one) => [one, change[one]])) })
        return { body: sinks.get(id) }
      },
      'POST /v2/entries:list': (_, { json }) => {
        const { resourceNames, filter = '', orderBy = 'timestamp asc', pageSize, pageToken } = json as ListRequest
        if (resourceNames?.join() !== `projects/${project}`) return googleError(403, 'not these resources')
        const tests = conditions(filter)
        if (tests === undefined) return googleError(400, `Unparseable filter: ${filter}`)
        const found = entries
          .filter((entry) => tests.every((test) => test(entry)))
          .sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0))
        if (orderBy === 'timestamp desc') found.reverse()
        else if (orderBy !== 'timestamp asc') return googleError(400, 'orderBy')
        const query = new URLSearchParams({ pageSize: String(pageSize ?? 50), pageToken: pageToken ?? '0' })
        const { items, next } = pageOf(found, query, 1000)
        return { body: { ...(items.length > 0 && { entries: items }), ...next } }
      },
    }),
  }
}

interface ListRequest {
  readonly resourceNames?: readonly string[]
  readonly filter?: string
  readonly orderBy?: string
  readonly pageSize?: number
  readonly pageToken?: string
}

type Test = (entry: FakeLogEntry) => boolean

function conditions(filter: string): Test[] | undefined {
  const tests: Test[] = []
  let rest = filter.trim()
  while (rest !== '') {
    const [whole, path = '', operator = '', text = ''] =
      /^([\w.]+(?:"[^"]*")?)\s*(=|!=|>=|<=|<|>)\s*("(?:[^"\\]|\\.)*"|\([^)]*\))\s*(?:AND\b|\n|$)\s*/.exec(rest) ?? []
    if (whole === undefined) return undefined
    tests.push(
      compared(
        path,
        operator,
        [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([one]) => JSON.parse(one)),
      ),
    )
    rest = rest.slice(whole.length)
  }
  return tests
}

function compared(path: string, operator: string, values: readonly string[]): Test {
  const keys = [...path.matchAll(/"([^"]*)"|[^.]+/g)].map(([one, quoted]) => quoted ?? one)
  return (entry) => {
    let found: unknown = entry
    for (const key of keys) found = typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined
    if (typeof found !== 'string') return operator === '!='
    const time = (value: string) => (keys[0]?.endsWith('imestamp') ? Date.parse(value) : value)
    const at = time(found)
    return values.some((value) => {
      const other = time(value)
      if (operator === '=') return at === other
      if (operator === '!=') return at !== other
      if (operator === '>=') return at >= other
      if (operator === '<=') return at <= other
      return operator === '>' ? at > other : at < other
    })
  }
}
