import { expect, test } from 'vitest'
import { gatewayHost } from './gateway-host.ts'

test('unknown routes are 404, wrong methods 405 with those that are right, errors 500 with an id to look for', async () => {
  const host = gatewayHost({
    options: {
      handout: async () => {
        throw new Error('disk gone')
      },
    },
  })
  expect(await host.ask('GET', '/nothing')).toMatchObject({ status: 404, body: { error: expect.any(String) } })
  const wrong = await host.ask('GET', '/locks/acquire')
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
  expect((await host.ask('DELETE', '/health')).headers.get('allow')).toBe('GET, HEAD')
  expect((await host.app.request('/health', { method: 'HEAD' })).status).toBe(200)
  await host.control('POST', '/control/trigger/dev')
  const [order] = host.launches
  const failed = await host.ask('POST', '/runs/claim', {
    headers: { authorization: `Bearer ${order?.run}.${order?.ticket}` },
    body: { session: 'a'.repeat(64) },
  })
  const requestId = failed.headers.get('x-request-id')
  expect([failed.status, failed.body]).toEqual([500, { error: 'internal error', requestId }])
  expect(host.lines).toContainEqual(
    expect.objectContaining({ level: 'error', requestId, error: 'disk gone', stack: expect.stringContaining('at ') }),
  )
})

test('one line a request, with the id of the platform; none for health', async () => {
  const host = gatewayHost({ options: { requestIdOf: () => 'Root=1-67891233-abcdef' } })
  await host.ask('GET', '/health')
  expect(host.lines).toEqual([])
  const dev = await host.start('dev')
  await host.ask('GET', '/runs/self?x=1', { headers: dev.headers })
  await host.ask('GET', '/runs/self')
  expect(host.lines).toEqual([
    {
      level: 'debug',
      message: 'request',
      method: 'GET',
      path: '/runs/self',
      status: 200,
      ms: 0,
      requestId: 'Root=1-67891233-abcdef',
      run: dev.run,
    },
    expect.objectContaining({ level: 'warn', status: 401 }),
  ])
})
