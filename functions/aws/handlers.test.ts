import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { expect, test } from 'vitest'
import { handler as gateway } from './gateway.ts'
import { handler as scheduler } from './scheduler.ts'

const event = (method: string, path: string): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: path,
  rawQueryString: '',
  headers: { host: 'abc.execute-api.eu-west-1.amazonaws.com' },
  requestContext: {
    accountId: '123456789012',
    apiId: 'abc',
    domainName: 'abc.execute-api.eu-west-1.amazonaws.com',
    domainPrefix: 'abc',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
    requestId: 'r1',
    routeKey: '$default',
    stage: '$default',
    time: '01/Jan/2026:00:00:00 +0000',
    timeEpoch: 0,
  },
  isBase64Encoded: false,
})

test('the gateway answers events of API Gateway', async () => {
  const call = (method: string, path: string) => gateway(event(method, path) as never, {} as Context as never)
  expect(await call('GET', '/health')).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' })
  expect(await call('POST', '/webhooks/github')).toMatchObject({ statusCode: 501 })
})

test('a sweep succeeds, a tick that nobody handles fails and so reaches the dead-letter queue', async () => {
  await expect(scheduler({ kind: 'sweep' })).resolves.toBeUndefined()
  await expect(scheduler({ kind: 'tick', agent: 'dev', at: '2026-11-21T10:00:00Z' })).rejects.toThrow(/agent "dev"/)
})
