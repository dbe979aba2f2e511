import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Schema, type Schemas, shapeProblems } from './shape.ts'

interface Parameter extends Schema {
  readonly location: 'path' | 'query'
  readonly required?: boolean
  readonly pattern?: string
}

interface Method {
  readonly id: string
  readonly httpMethod: string
  readonly path: string
  readonly parameters?: Readonly<Record<string, Parameter>>
  readonly request?: Schema
  readonly response?: Schema
  readonly mediaUpload?: { readonly protocols: Readonly<Record<string, { readonly path: string }>> }
}

interface Resources {
  readonly methods?: Readonly<Record<string, Method>>
  readonly resources?: Readonly<Record<string, Resources>>
}

interface Document extends Resources {
  readonly rootUrl: string
  readonly servicePath: string
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly schemas: Schemas
}

/** A method of an API, by the path that leads to it. */
interface Route {
  readonly method: Method
  readonly path: RegExp
  /** The body is a file, or has one in it: it is not looked at. */
  readonly media: boolean
  readonly document: Document
}

export interface GoogleRequest {
  readonly method: string
  /** `run.googleapis.com` */
  readonly host: string
  /** Without the query, as it was sent. */
  readonly path: string
  readonly query: URLSearchParams
  /** Parsed JSON; nothing for a body that is none. */
  readonly json?: unknown
  readonly hasBody: boolean
}

/** What a request is by Google's own description, and what is wrong with it and with an answer. */
export interface Described {
  /** `run.projects.locations.jobs.run` */
  readonly id: string
  readonly problems: readonly string[]
  answerProblems(json: unknown): readonly string[]
}

/** Answers what is known of a request; `unknown` when no method has this path; nothing where the API is not described. */
export type Descriptions = (request: GoogleRequest) => Described | 'unknown' | undefined

/**
 * Google's discovery documents in a directory (`scripts/google-discovery.sh`), each read when a service is first asked.
 * Nothing without a directory: shapes are not checked then.
 */
export function descriptionsIn(directory: string | undefined): Descriptions | undefined {
  if (!directory) return undefined
  if (!existsSync(directory)) throw new Error(`AL_GOOGLE_DISCOVERY is ${directory}, which is no directory`)
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'))
  const read = new Map<string, readonly Route[]>()
  const routesOf = (host: string): readonly Route[] => {
    const known = read.get(host)
    if (known !== undefined) return known
    const [service = ''] = host.split('.')
    const routes = files
      .filter((name) => name.startsWith(`${service}.`))
      .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Document)
      .filter(({ rootUrl }) => new URL(rootUrl).host === host)
      .flatMap((document) => [...methodsOf(document)].flatMap((method) => routesTo(method, document)))
    read.set(host, routes)
    return routes
  }
  return (request) => {
    const routes = routesOf(request.host)
    if (routes.length === 0) return undefined
    const verb = /:[a-z][A-Za-z]+$/.exec(request.path)?.[0]
    const route = routes.find(
      ({ method, path }) =>
        method.httpMethod === request.method &&
        // Patterns of names let a verb that there is not pass as a part of a name.
        (verb === undefined || method.path.endsWith(verb)) &&
        path.test(request.path),
    )
    return route === undefined ? 'unknown' : described(route, request)
  }
}

function described({ method, media, document }: Route, { query, json, hasBody }: GoogleRequest): Described {
  const known = { ...document.parameters, ...method.parameters }
  const problems = [...query].flatMap(([name, text]) => {
    const parameter = known[name]
    return parameter === undefined || parameter.location !== 'query'
      ? [`query ${name} is unknown`]
      : shapeProblems(`query ${name}`, parameter, text, document.schemas)
  })
  for (const [name, { location, required }] of Object.entries(method.parameters ?? {})) {
    if (location === 'query' && required === true && !query.has(name)) problems.push(`query ${name} is missing`)
  }
  if (!media) {
    if (method.request === undefined && hasBody) problems.push('it takes no body')
    if (method.request !== undefined && hasBody)
      problems.push(...shapeProblems('body', method.request, json, document.schemas))
  }
  return {
    id: method.id,
    problems,
    answerProblems: (answer) =>
      method.response === undefined || query.get('alt') === 'media'
        ? []
        : shapeProblems('answer', method.response, answer, document.schemas),
  }
}

function* methodsOf({ methods = {}, resources = {} }: Resources): Generator<Method> {
  yield* Object.values(methods)
  for (const one of Object.values(resources)) yield* methodsOf(one)
}

function routesTo(method: Method, document: Document): Route[] {
  const route = (path: string, media: boolean): Route => ({ method, document, media, path: pathOf(path, method) })
  return [
    route(`/${document.servicePath}${method.path}`, false),
    ...Object.values(method.mediaUpload?.protocols ?? {}).map(({ path }) => route(path, true)),
  ]
}

/** `v2/{+name}:run`: a `+` lets slashes through, within the parameter's pattern. */
function pathOf(template: string, { parameters = {} }: Method): RegExp {
  const source = template.split(/(\{\+?[^}]+\})/).map((part) => {
    const [, plus, name = ''] = /^\{(\+?)([^}]+)\}$/.exec(part) ?? []
    if (plus === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const pattern = parameters[name]?.pattern?.replace(/^\^|\$$/g, '')
    return `(?:${pattern ?? (plus ? '.+' : '[^/]+')})`
  })
  return new RegExp(`^${source.join('')}$`)
}
