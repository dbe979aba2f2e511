import { expect, test } from 'vitest'
import type { GatewayClient } from '../gateway/gateway-client.ts'
import type { Message } from '../ui/ui.ts'
import { drainAgents, resumeAgents } from './drain.ts'

type Status = Awaited<ReturnType<GatewayClient['status']>>

/** A gateway whose runs end after so many looks, or when they are killed. */
function gatewayWith(runsOf: Readonly<Record<string, number>>, paused: readonly string[] = []) {
  const done: string[] = []
  let looks = 0
  const left = new Map(Object.entries(runsOf))
  const status = async () => {
    looks++
    const instances = [...left].flatMap(([agentName, end]) =>
      looks < end ? [{ id: `${agentName}-1`, agentName }] : [],
    )
    const agents = Object.keys(runsOf).map((name) => ({ name, enabled: !paused.includes(name) }))
    return { agents, instances } as unknown as Status
  }
  return {
    done,
    status,
    pauseAgent: async (agent: string) => void done.push(`pause ${agent}`) as never,
    resumeAgent: async (agent: string) => void done.push(`resume ${agent}`) as never,
    killAgent: async (agent: string) => {
      done.push(`kill ${agent}`)
      left.delete(agent)
      return { killed: 1 } as never
    },
  }
}
const ui = { emit: (_: Message) => {} }

test('agents are paused first, and their runs waited for; others go on, and who was paused before stays so', async () => {
  const gateway = gatewayWith({ old: 4, busy: 99, slept: 3 }, ['slept'])
  const pauses: number[] = []
  const pause = async (ms: number) => void pauses.push(ms)
  expect(await drainAgents({ agents: ['old', 'slept'], gateway, now: false, ui, pause })).toEqual(['old'])
  expect(gateway.done).toEqual(['pause old'])
  expect(pauses.length).toBeGreaterThan(0)
})

test('with --now they are killed', async () => {
  const gateway = gatewayWith({ old: 99 })
  await drainAgents({ agents: ['old'], gateway, now: true, ui, pause: async () => {} })
  expect(gateway.done).toEqual(['pause old', 'kill old'])
})

test('a run that does not end by its deadline is not waited for any longer', async () => {
  const gateway = gatewayWith({ old: Number.POSITIVE_INFINITY })
  let now = 0
  const messages: Message[] = []
  const pause = async (ms: number) => {
    now += ms
  }
  await drainAgents({
    agents: ['old'],
    gateway,
    now: false,
    ui: { emit: (one) => void messages.push(one) },
    pause,
    clock: () => now,
  })
  expect(messages.at(-1)).toMatchObject({ kind: 'warning', text: expect.stringContaining('old-1 did not end in time') })
})

test('a deploy that is given up while it waits leaves no agent paused', async () => {
  const gateway = gatewayWith({ old: 99 })
  const pause = () => Promise.reject(new Error('interrupted'))
  await expect(drainAgents({ agents: ['old'], gateway, now: false, ui, pause })).rejects.toThrow('interrupted')
  expect(gateway.done).toEqual(['pause old', 'resume old'])
})

test('an agent that cannot be started again is named, with what starts it', async () => {
  const messages: Message[] = []
  const resumeAgent = () => Promise.reject(new Error('nobody answers'))
  await resumeAgents(['old'], { resumeAgent }, { emit: (one) => void messages.push(one) })
  expect(messages).toMatchObject([
    { kind: 'warning', text: expect.stringMatching(/old is still paused.*al resume old -c/) },
  ])
})
