import { expect, test } from 'vitest'
import { agent, machine } from './machine.ts'

test('what one host has recorded the next one on the same file goes by', async () => {
  const schedule = { line: '0 10 * * *', timezone: 'UTC' }
  await using one = await machine({ agents: [agent('dev', { schedule })], at: '2026-06-01T09:59:30Z' })
  const first = await one.start()
  await first.plane.pauseAgent('dev')
  await first.close()
  const second = await one.start()
  expect((await fetch(`${second.url}/health`)).status).toBe(200)
  await expect(fetch(`${first.url}/health`)).rejects.toThrow('fetch failed')
  await one.advance(60_000)
  expect(one.ticks()).toEqual(['dev 06-01T10:00 skipped'])
})

test('the gateway counts senders by the address of their socket, whatever their headers say', async () => {
  await using one = await machine({ agents: [] })
  const { url } = await one.start()
  const statuses = await Promise.all(
    Array.from({ length: 130 }, async (_, i) => {
      const headers = { 'x-forwarded-for': `10.0.0.${i}`, forwarded: `for=10.0.0.${i}` }
      return (await fetch(`${url}/no/such/route`, { headers })).status
    }),
  )
  expect([...new Set(statuses)].sort()).toEqual([404, 429])
})

test('a container talks to the host over HTTP, and its end is heard of from the launcher', async () => {
  await using one = await machine({ agents: [agent('dev')], container: 'stays' })
  let ended: ((code: number) => Promise<void>) | undefined
  const host = await one.start({
    launcher: ({ gatewayUrl, containerEnded }) => ({
      async launch({ run, ticket, suffix, attempt }) {
        const claim = await fetch(`${gatewayUrl}/runs/claim`, {
          method: 'POST',
          headers: { authorization: `Bearer ${run}.${ticket}`, 'content-type': 'application/json' },
          body: JSON.stringify({ session: 'a'.repeat(64), container: 'c-1' }),
        })
        // It has its run, though this host has no configuration for it.
        expect(claim.status).toBe(500)
        ended = (code) => containerEnded({ agent: 'dev', suffix, attempt, container: 'c-1', code })
        return { kind: 'started' }
      },
      async stop() {},
    }),
  })
  await host.plane.trigger({ agent: 'dev', trigger: { kind: 'manual' }, whenBusy: 'refuse' })
  expect((await host.plane.overview()).agents).toMatchObject([{ running: 1 }])
  await ended?.(137)
  expect((await host.plane.overview()).agents).toMatchObject([{ running: 0 }])
  expect((await host.plane.history('dev'))[0]).toMatchObject({ outcome: 'error', code: 137 })
})

test('who has the key can stop the host over HTTP: it answers first', async () => {
  await using one = await machine({ agents: [] })
  const secrets = { read: async () => 'the-key', refresh: async () => 'the-key' }
  const host = await one.start({ secrets })
  const ask = (key: string) =>
    fetch(`${host.url}/control/stop`, { method: 'POST', headers: { authorization: `Bearer ${key}` } })
  expect((await ask('a-guess')).status).toBe(401)
  const answer = await ask('the-key')
  expect([answer.status, await answer.json()]).toEqual([200, { success: true, message: 'stopping' }])
  await host.closed
  await expect(fetch(`${host.url}/health`)).rejects.toThrow('fetch failed')
})

test('a port that is in use leaves nothing behind', async () => {
  await using one = await machine({ agents: [] })
  const { url } = await one.start()
  const port = Number(new URL(url).port)
  await using other = await machine({ agents: [] })
  await expect(other.start({ port })).rejects.toThrow(`port ${port} is in use`)
  expect((await other.start()).url).not.toBe(url)
})
