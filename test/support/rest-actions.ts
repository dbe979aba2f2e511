import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as scheduler from '@aws-sdk/client-scheduler'

/**
 * Which operation a request of a REST service is, by the service's own model: the SDK carries the method and path of
 * every operation.
 */
interface Route {
  readonly operation: string
  readonly method: string
  readonly path: RegExp
  /** Parameters the query must have; a value of `undefined` stands for any. */
  readonly query: readonly (readonly [string, string | undefined])[]
}

const models = { lambda, s3, scheduler }

/** The name of the operation; nothing for a service without a model here, or a request it does not know. */
export function restOperation(service: string, method: string, path: string, query: URLSearchParams) {
  if (!isModelled(service)) return undefined
  return routesOf(service).find(
    (route) =>
      route.method === method &&
      route.path.test(path) &&
      route.query.every(([name, value]) => query.has(name) && (value === undefined || query.get(name) === value)),
  )?.operation
}

const isModelled = (service: string): service is keyof typeof models => service in models

const known = new Map<keyof typeof models, readonly Route[]>()

/** The most specific first: those that ask for most of the query, then those with the longest path. */
function routesOf(service: keyof typeof models): readonly Route[] {
  const before = known.get(service)
  if (before !== undefined) return before
  const routes = Object.values(models[service]).flatMap((schema) => routeOf(schema))
  const size = ({ query, path }: Route) => query.length * 1000 + path.source.length
  routes.sort((a, b) => size(b) - size(a))
  known.set(service, routes)
  return routes
}

function routeOf(schema: unknown): Route[] {
  // An operation's schema is [9, namespace, name, traits, input, output].
  if (!Array.isArray(schema) || schema[0] !== 9) return []
  const [, , operation, traits] = schema as [number, string, string, { readonly http?: [string, string] }]
  if (traits.http === undefined) return []
  const [method, template] = traits.http
  const [path = '', search = ''] = template.split('?')
  const pattern = path
    .replace(/[.*()|[\]\\^$]/g, '\\$&')
    .replaceAll(/\{[^}]+\+\}/g, '.+')
    .replaceAll(/\{[^}]+\}/g, '[^/]+')
  return [
    {
      operation,
      method,
      path: new RegExp(`^${pattern}/?$`),
      query: [...new URLSearchParams(search)].map(([name, value]) => [name, value === '' ? undefined : value] as const),
    },
  ]
}
