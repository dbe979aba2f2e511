import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { agent, canaries, gatewayHost, push, webhook } from './gateway-host.ts'

test('no secret is in a log line, an answer or a header, wherever it was sent', async () => {
  const host = gatewayHost({
    webhooks: [webhook('github', 'github')],
    agents: [agent('dev', { triggers: [{ source: 'github', filters: {} }] }), agent('review')],
  })
  const seen: string[] = []
  const ask = async (...args: Parameters<typeof host.ask>) => {
    const { text, headers } = await host.ask(...args)
    seen.push(text, inspect([...headers]))
  }
  await host.ask('POST', '/webhooks/github', push('d1'))
  const [order] = host.launches
  const ticket = `${order?.run}.${order?.ticket}`
  const dev = await host.claim(order?.run ?? '')
  const secrets = [dev.secret, ticket, `${dev.run}.${'x'.repeat(43)}`]
  for (const secret of secrets) {
    const bearer = { authorization: `Bearer ${secret}` }
    for (const path of ['/locks/acquire', '/calls', '/signals/status', '/signals/trigger', '/nothing', `/${secret}`]) {
      await ask('POST', path, { body: { secret, resourceKey: 'k', targetAgent: 'review', context: 'c', text: 't' } })
      await ask('POST', path, { headers: bearer, body: { resourceKey: 'k' } })
      await ask('POST', `${path}?secret=${secret}`, { body: `{"secret":"${secret}` })
    }
    for (const path of ['/locks/list', `/calls/${dev.run}`, '/runs/self', `/calls/${secret}`]) {
      await ask('GET', `${path}?secret=${secret}`)
      await ask('GET', path, { headers: bearer })
    }
    await ask('POST', '/runs/claim', { headers: bearer, body: { session: 'a'.repeat(64) } })
    await ask('POST', '/runs/heartbeat', { headers: bearer, body: { usage: secret } })
  }
  const key = { authorization: `Bearer ${canaries.key}` }
  for (const path of [
    '/control/status',
    '/control/instances',
    '/control/agents/dev/runs',
    `/control/runs/${dev.run}`,
  ]) {
    await ask('GET', path, { headers: key })
    await ask('GET', `${path}?key=${canaries.key}`)
  }
  await ask('POST', '/webhooks/github', push('d2', { secret: 'wrong' }))

  const everything = [...seen, inspect(host.lines, { depth: 9, maxStringLength: null })].join('\n')
  for (const canary of [...secrets.map((secret) => secret.split('.')[1] ?? ''), canaries.key, canaries.github]) {
    expect(everything).not.toContain(canary)
  }
  expect(everything).not.toContain(host.launches[0]?.ticket)
  expect(host.lines.length).toBeGreaterThan(50)
})

test('the secret in the body or query of a run is accepted', async () => {
  const host = gatewayHost()
  const dev = await host.start('dev')
  expect(await host.ask('GET', `/locks/list?secret=${dev.secret}`)).toMatchObject({ status: 200 })
  expect(await host.ask('POST', '/signals/rerun', { body: { secret: dev.secret } })).toMatchObject({ status: 200 })
})

test('what a store says when it fails is logged without the secret it repeats, and not answered', async () => {
  const host = gatewayHost()
  const dev = await host.start('dev')
  host.store.get = async () => {
    throw new Error(`no item for ${dev.secret}`)
  }
  const { status, text } = await host.ask('GET', '/locks/list', { headers: dev.headers })
  expect(status).toBe(500)
  expect(text).not.toContain('no item')
  const line = host.lines.find(({ level }) => level === 'error')
  expect(line).toMatchObject({ error: `no item for ${dev.run}.[redacted]` })
  expect(inspect(host.lines)).not.toContain(dev.secret)
})
