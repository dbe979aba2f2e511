import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { gatewayHost } from './gateway-host.ts'

const document = async () => (await gatewayHost().ask('GET', '/openapi.json')).body

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(await document())
  expect(errors ?? []).toEqual([])
  expect(valid).toBe(true)
  expect(validator.version).toBe('3.1')
})

test('every route of the app is in the document, and every operation of the document is a route', async () => {
  const { app } = gatewayHost()
  const served = app.routes
    .filter(({ method, path }) => method !== 'ALL' && path !== '/*')
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
  const { paths } = await document()
  const described = Object.entries<object>(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(described.sort()).toEqual(served.sort())
  expect(new Set(described).size).toBe(described.length)
})

test('an operation says who may ask, what it takes, and every status it answers', async () => {
  const { paths } = await document()
  const acquire = paths['/locks/acquire'].post
  expect(acquire.security).toEqual([{ run: [] }])
  expect(Object.keys(acquire.responses)).toEqual(['200', '400', '403', '409', '413', '429', '500', '503'])
  expect(acquire.requestBody.content['application/json'].schema).toMatchObject({
    required: ['resourceKey'],
    properties: { resourceKey: { type: 'string' }, ttl: { minimum: 1, maximum: 86_400 } },
  })
  expect(paths['/control/agents/{name}/runs'].get.parameters.map(({ name }: { name: string }) => name)).toEqual([
    'name',
    'after',
    'limit',
  ])
})
