import { STATUS_CODES } from 'node:http'
import * as z from 'zod'
import { errorShape } from './answer.ts'
import type { Access, Route } from './route.ts'

type Json = Readonly<Record<string, unknown>>

const mayFail = [429, 500, 503]

/** What every route of a kind may answer, in addition to what it declares. */
const refusals: Readonly<Record<Access, readonly number[]>> = {
  open: [500],
  signed: [400, 401, 404, 413, ...mayFail],
  session: [400, 403, ...mayFail],
  bearer: [400, 401, 403, ...mayFail],
  key: [401, ...mayFail],
}

const security: Readonly<Record<Access, readonly Json[]>> = {
  open: [],
  signed: [{ signature: [] }],
  session: [{ run: [] }],
  bearer: [{ run: [] }],
  key: [{ key: [] }, { login: [] }],
}

const securitySchemes = {
  run: {
    type: 'http',
    scheme: 'bearer',
    description: 'the secret of a run: `<run id>.<32 bytes>`; to claim it, `<run id>.<ticket>`',
  },
  key: { type: 'http', scheme: 'bearer', description: 'the value of the credential `gateway_api_key`' },
  login: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-al-session',
    description: 'a session of the web dashboard, where the host has one; on a local host `al-session-<port>`',
  },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Hub-Signature-256',
    description: 'HMAC-SHA256 of the raw body, in the header that the sending service uses; GitHub uses this one',
  },
}

/** The OpenAPI 3.1 document of these routes. */
export function openApi(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'al gateway', version: '1', description: 'What the outside world and running agents speak to.' },
    paths,
    components: { securitySchemes },
  }
}

function operation(route: Route): Json {
  const { method, path, access, summary, body, type } = route
  const parameters = [...parametersOf('path', route.params), ...parametersOf('query', route.query)]
  return {
    operationId: `${method.toLowerCase()}${path.replace(/\W+(\w)/g, (_, first: string) => first.toUpperCase())}`,
    summary,
    security: security[access],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: isRequired(body), content: json(schemaOf(body, 'input')) } }),
    responses: Object.fromEntries(
      Object.entries(answersOf(route)).map(([status, shape]) => [
        status,
        {
          description: shape.description ?? STATUS_CODES[status] ?? '',
          content: type !== undefined && status === '200' ? { [type]: {} } : json(schemaOf(shape, 'output')),
        },
      ]),
    ),
  }
}

/** Everything a route may answer, by status. */
export function answersOf({ access, query, body, answers }: Route): Readonly<Record<string, z.ZodType>> {
  const common = [...refusals[access], ...(query === undefined ? [] : [400]), ...(body === undefined ? [] : [400, 413])]
  return { ...Object.fromEntries(common.map((status) => [status, failure(status)])), ...answers }
}

const failure = (status: number) => (status === 500 ? errorShape.extend({ requestId: z.string() }) : errorShape)

const json = (schema: Json) => ({ 'application/json': { schema } })

function schemaOf(shape: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io })
  return schema
}

const isRequired = (body: z.ZodType): boolean => !body.safeParse({}).success

function parametersOf(where: 'path' | 'query', shape: z.ZodType | undefined): Json[] {
  const schema = shape && schemaOf(shape, 'input')
  const required = new Set(schema?.required as readonly string[] | undefined)
  return Object.entries((schema?.properties ?? {}) as Readonly<Record<string, Json>>).map(
    ([name, { description, ...schema }]) => ({
      name,
      in: where,
      required: where === 'path' || required.has(name),
      ...(description !== undefined && { description }),
      schema,
    }),
  )
}
