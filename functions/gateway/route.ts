import type * as z from 'zod'
import type { parseSecret } from '../../core/scheduler/session.ts'
import { type Answer, refused } from './answer.ts'
import type { ReadBody } from './body.ts'

/**
 * Who may ask.
 * - `open`: everybody. `signed`: who signs the body.
 * - `session`: a run, by its secret as bearer, or in the body or query as `secret`. `bearer`: a run, by bearer alone.
 * - `key`: who has the gateway's key, or is logged in to the dashboard.
 */
export type Access = 'open' | 'signed' | 'session' | 'bearer' | 'key'

export type RunSecret = NonNullable<ReturnType<typeof parseSecret>>

/** A request that has come past reading and parsing. Nothing in it has been proven yet, except for the key. */
export interface Incoming {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  /** The run that the secret claims to be of; the command has to check it. */
  readonly session?: RunSecret
  readonly header: (name: string) => string | undefined
  readonly path: string
  readonly readBody: (limit: number) => Promise<ReadBody>
}

interface Asked<A extends Access, Params, Query, Body> extends Incoming {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly session: A extends 'session' | 'bearer' ? RunSecret : undefined
}

interface Declaration {
  readonly method: 'GET' | 'POST'
  /** Parameters as `:name`. */
  readonly path: `/${string}`
  readonly access: Access
  readonly summary: string
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  /** The media type of the answer 200, when that is not JSON. */
  readonly type?: string
  /** Absent: the body is not read. */
  readonly body?: z.ZodType
  /** The shape of the body, by status. Answers that every route of its kind may give are not listed. */
  readonly answers: Readonly<Record<number, z.ZodType>>
}

/** A route as declared once: the app serves it and `openapi.ts` describes it. */
export interface Route extends Declaration {
  readonly serve: (incoming: Incoming) => Promise<Answer>
}

interface Definition<A extends Access, Params, Query, Body> extends Declaration {
  readonly access: A
  readonly params?: z.ZodType<Params>
  readonly query?: z.ZodType<Query>
  readonly body?: z.ZodType<Body>
  readonly handle: (asked: Asked<A, Params, Query, Body>) => Answer | Promise<Answer>
}

export function route<A extends Access, Params = unknown, Query = unknown, Body = unknown>(
  definition: Definition<A, Params, Query, Body>,
): Route {
  const { handle, ...declaration } = definition
  return {
    ...declaration,
    async serve(incoming) {
      const params = check(definition.params, incoming.params)
      const query = check(definition.query, incoming.query)
      const body = check(definition.body, incoming.body)
      if (!params.ok) return refused(400, params.problem)
      if (!query.ok) return refused(400, query.problem)
      if (!body.ok) return refused(400, body.problem)
      const session = incoming.session as Asked<A, Params, Query, Body>['session']
      return await handle({ ...incoming, params: params.value, query: query.value, body: body.value, session })
    },
  }
}

type Checked<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: string }

function check<Value>(schema: z.ZodType<Value> | undefined, given: unknown): Checked<Value> {
  if (schema === undefined) return { ok: true, value: given as Value }
  const result = schema.safeParse(given)
  return result.success ? { ok: true, value: result.data } : { ok: false, problem: problemOf(result.error, given) }
}

/** One sentence, of the first problem. It never quotes a value. */
function problemOf({ issues: [issue] }: z.ZodError, given: unknown): string {
  const [field] = issue?.path ?? []
  if (issue === undefined || typeof field !== 'string') return 'the request is not as described in /openapi.json'
  const value = (given as Readonly<Record<string, unknown>>)[field]
  if (value === undefined || value === null || value === '') return `missing ${field}`
  return `${issue.path.join('.')}: ${issue.message}`
}
