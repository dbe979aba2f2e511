import { expect, test } from 'vitest'
import type { GatewayClient } from '../gateway/gateway-client.ts'
import type { Message } from '../ui/ui.ts'
import { stopRuns } from './stop-runs.ts'

type Status = Awaited<ReturnType<GatewayClient['status']>>

function stage(looks: readonly (readonly string[])[]) {
  const killed: string[] = []
  const said: Message[] = []
  let look = 0
  let now = 0
  return {
    killed,
    said,
    options: {
      gateway: {
        status: async () => {
          const ids = looks[Math.min(look++, looks.length - 1)] ?? []
          return { instances: ids.map((id) => ({ id })) } as unknown as Status
        },
        killRun: async (id: string) => void killed.push(id) as never,
      },
      ui: { emit: (one: Message) => void said.push(one) },
      pause: async (ms: number) => {
        now += ms
      },
      clock: () => now,
    },
  }
}

test('everything that runs is killed once, what began meanwhile as well, and its end is waited for', async () => {
  const { killed, said, options } = stage([['a', 'b'], ['b', 'c'], ['c'], []])
  await stopRuns(options)
  expect(killed).toEqual(['a', 'b', 'c'])
  expect(said).toMatchObject([{ kind: 'note', text: 'killing 2 runs' }])
})

test('a run that does not end is named, and keeps nothing from being removed', async () => {
  const { said, options } = stage([['stuck']])
  await stopRuns(options)
  expect(said.at(-1)).toMatchObject({ kind: 'warning', text: 'stuck did not end in time' })
})

test('where nothing runs, nothing is said', async () => {
  const { said, options } = stage([[]])
  await stopRuns(options)
  expect(said).toEqual([])
})
