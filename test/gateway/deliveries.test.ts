import { expect, test } from 'vitest'
import { agent, gatewayHost, push, webhook } from './gateway-host.ts'

const onMain = { source: 'github', filters: { branches: ['main'] } }
const onNext = { source: 'github', filters: { branches: ['next'] } }
const settings = {
  agents: [agent('dev', { triggers: [onMain] }), agent('docs', { triggers: [onNext] }), agent('alone')],
  webhooks: [webhook('github', 'github')],
}

const shown = async (host: ReturnType<typeof gatewayHost>, query = '') =>
  (await host.control('GET', `/control/deliveries${query}`)).body

test('a delivery is shown with what it started, and for each other listener the filter it missed', async () => {
  const host = gatewayHost(settings)
  const { body } = await host.ask('POST', '/webhooks/github', push('d-1'))
  const { deliveries } = await shown(host)
  expect(deliveries).toMatchObject([
    {
      provider: 'github',
      sources: ['github'],
      delivery: 'd-1',
      event: 'push',
      repo: 'acme/site',
      sender: 'ada',
      agents: [
        { agent: 'dev', result: 'started', run: body.runs[0].run },
        { agent: 'docs', result: 'unmatched', why: 'branches: the branch is "main", not "next"' },
      ],
    },
  ])
})

test('the newest comes first, a redelivery names the run it had made, and pages go on where the last one ended', async () => {
  const host = gatewayHost(settings)
  const { body } = await host.ask('POST', '/webhooks/github', push('d-1'))
  for (const id of ['d-1', 'd-2']) {
    host.advance(1000)
    await host.ask('POST', '/webhooks/github', push(id, { branch: id === 'd-1' ? 'main' : 'other' }))
  }
  const first = await shown(host, '?limit=2')
  expect(first.deliveries.map(({ delivery }: { delivery: string }) => delivery)).toEqual(['d-2', 'd-1'])
  expect(first.deliveries[1].agents[0]).toEqual({ agent: 'dev', result: 'duplicate', run: body.runs[0].run })
  const rest = await shown(host, `?limit=2&after=${first.next}`)
  expect(rest).toMatchObject({ deliveries: [{ delivery: 'd-1', agents: [{ result: 'started' }, {}] }], next: null })
})

test('a delivery that does not prove itself leaves no trace', async () => {
  const host = gatewayHost(settings)
  expect((await host.ask('POST', '/webhooks/github', push('d-1', { secret: 'wrong' }))).status).toBe(401)
  expect((await shown(host)).deliveries).toEqual([])
})

test('an event that nothing can match is shown with the reason', async () => {
  const host = gatewayHost(settings)
  const ping = push('d-1')
  await host.ask('POST', '/webhooks/github', { ...ping, headers: { ...ping.headers, 'x-github-event': 'ping' } })
  const { deliveries } = await shown(host)
  expect(deliveries).toMatchObject([{ ignored: expect.stringMatching(/./), agents: [] }])
  expect((await host.control('POST', `/control/deliveries/${deliveries[0].id}/again`)).status).toBe(409)
})

test('run again is a new run of everyone whose filters match now, though the provider’s id is the same', async () => {
  const host = gatewayHost(settings)
  await host.ask('POST', '/webhooks/github', push('d-1'))
  const run = host.launches[0]?.run ?? ''
  await host.plane.kill({ agent: 'dev', suffix: run.slice(4) })
  const { deliveries } = await shown(host)
  host.advance(1000)
  const path = `/control/deliveries/${deliveries[0].id}/again`
  const { status, body } = await host.control('POST', path)
  expect([status, body]).toMatchObject([200, { agents: [{ agent: 'dev', result: 'started' }] }])
  expect(host.launches).toHaveLength(2)
  expect(host.launches[1]?.run).not.toBe(run)
  const again = (await shown(host)).deliveries[0]
  expect(again).toMatchObject({ again: deliveries[0].id, delivery: 'd-1', agents: [{ run: body.agents[0].run }, {}] })
  const container = await host.claim(host.launches[1]?.run ?? '')
  expect(container.run).toBe(body.agents[0].run)
})

test('run again says so when nobody matches, and when there is no such delivery', async () => {
  const host = gatewayHost(settings)
  await host.ask('POST', '/webhooks/github', push('d-1', { branch: 'other' }))
  const { deliveries } = await shown(host)
  expect((await host.control('POST', `/control/deliveries/${deliveries[0].id}/again`)).status).toBe(409)
  for (const id of ['nothing', 'z'.repeat(20)]) {
    expect((await host.control('POST', `/control/deliveries/${id}/again`)).status).toBe(404)
  }
})

test('deliveries are forgotten after seven days', async () => {
  const host = gatewayHost(settings)
  await host.ask('POST', '/webhooks/github', push('d-1'))
  host.advance(7 * 24 * 3600_000 + 1000)
  expect((await shown(host)).deliveries).toEqual([])
})

test('runs of all agents are listed together, the newest first', async () => {
  const host = gatewayHost({ agents: [agent('dev'), agent('review')] })
  for (const name of ['dev', 'review']) {
    await host.start(name)
    host.advance(1000)
  }
  const { runs } = (await host.control('GET', '/control/runs?limit=5')).body
  expect(runs.map(({ agentName }: { agentName: string }) => agentName)).toEqual(['review', 'dev'])
  expect((await host.control('GET', '/control/runs?limit=1')).body.runs).toHaveLength(1)
})
