import { expect, test } from 'vitest'
import { BadCursor, type LogQuery } from '../../functions/gateway/log-source.ts'
import { gatewayHost, noon } from './gateway-host.ts'

test('logs: names, ids, cursors and counts are checked; without a source it says where to look', async () => {
  const asked: LogQuery[] = []
  const host = gatewayHost({
    options: {
      logs: {
        async read(query) {
          asked.push(query)
          if (query.cursor === 'old') throw new BadCursor()
          return { entries: [{ level: 30, time: noon, msg: 'x', instance: 'dev-a' }], cursor: 'c', hasMore: false }
        },
      },
    },
  })
  const get = (path: string) => host.control('GET', `/api/logs/${path}`)
  expect((await get('scheduler')).body).toEqual({
    entries: [{ level: 30, time: noon, msg: 'x', instance: 'dev-a' }],
    cursor: 'c',
    hasMore: false,
  })
  await get('agents/dev/abc?lines=7&cursor=c&after=1&before=2')
  await get('agents/dev?lines=5000')
  await get('agents/dev?lines=many')
  expect(asked).toEqual([
    { lines: 50 },
    { agent: 'dev', instance: 'abc', lines: 7, cursor: 'c', after: 1, before: 2 },
    { agent: 'dev', lines: 1000 },
    { agent: 'dev', lines: 50 },
  ])
  for (const [path, error] of [
    ['agents/-dev', 'Invalid agent name'],
    ['agents/..%2Fsecrets', 'Invalid agent name'],
    ['agents/dev/ABC', 'Invalid instance ID'],
    ['scheduler?cursor=%00', 'Invalid cursor'],
    ['scheduler?cursor=old', 'Invalid cursor'],
  ] as const) {
    expect(await get(path)).toMatchObject({ status: 400, body: { error } })
  }
  const cloud = gatewayHost({ options: { logsAt: 'in CloudWatch Logs' } })
  expect(await cloud.control('GET', '/api/logs/scheduler')).toMatchObject({
    status: 501,
    body: { error: 'this host does not serve logs: look in CloudWatch Logs' },
  })
})
