import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { AgentRule } from '../../core/plan/decisions.ts'
import { controlPlane } from '../../core/scheduler/control-plane.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { hashOf } from '../../core/scheduler/run.ts'
import { memoryStore } from '../../functions/stores/memory.ts'
import { watchRuns } from './run-events.ts'

const rule: Omit<AgentRule, 'name'> = {
  compute: 'process',
  resource: 'r',
  scale: 1,
  timeoutSeconds: 60,
  limitSeconds: 60,
  triggers: [],
  model: 'a/b',
}

/** A control plane whose containers begin when they are told to. */
function plane() {
  const launched: LaunchOrder[] = []
  const made = controlPlane({
    store: memoryStore(Date.now),
    launcher: {
      async launch(order) {
        launched.push(order)
        return { kind: 'started' }
      },
      async stop() {},
    },
    rules: {
      limits: { workQueueSize: 10, maxReruns: 1, maxCallDepth: 3, lockTimeoutSeconds: 60 },
      agents: new Map(['dev', 'other'].map((name) => [name, { name, ...rule }])),
    },
    clock: { now: Date.now, sleep: async () => {} },
    random: randomBytes,
    log: () => {},
  })
  const start = async (agent: string, delivery: string) => {
    const trigger = { kind: 'webhook', source: 's', event: 'e', delivery } as const
    await made.trigger({ agent, trigger, whenBusy: 'queue' })
  }
  const ref = ({ agent, suffix, run }: LaunchOrder) => ({ agent: agent.name, suffix, hash: hashOf(run) })
  return {
    made,
    launched,
    start,
    claim: (order: LaunchOrder) => made.claim({ ...ref(order), ticket: order.ticket, session: hashOf(order.run) }),
    finish: (order: LaunchOrder) => made.finish(ref(order), { outcome: 'completed' }),
  }
}

test('each run is told of once in each of its states, also one that is over before anybody looks', async () => {
  const { made, launched, start, claim, finish } = plane()
  const run = async () => {
    const order = launched.at(-1)
    if (order === undefined) throw new Error('nothing was launched')
    await claim(order)
    return order
  }
  await start('dev', 'before')
  await finish(await run())
  const told: string[] = []
  const watch = await watchRuns({
    plane: made,
    onEvent: ({ kind, run }) =>
      told.push(`${kind} ${run.agent} ${run.trigger.kind === 'webhook' && run.trigger.delivery}`),
    onError: (error) => told.push(String(error)),
  })
  await start('dev', 'first')
  const first = await run()
  await start('dev', 'second')
  await start('other', 'short')
  await finish(await run())
  while (told.length < 4) await sleep(10)
  // Each run in its order; among runs of one moment there is none.
  expect(told.toSorted()).toEqual([
    'ended other short',
    'queued dev second',
    'started dev first',
    'started other short',
  ])
  await finish(first)
  await finish(await run())
  await watch.stop()
  expect(told.slice(4).toSorted()).toEqual(['ended dev first', 'ended dev second', 'started dev second'])
  expect(told.indexOf('started dev second')).toBeLessThan(told.indexOf('ended dev second'))
  expect(told.indexOf('started other short')).toBeLessThan(told.indexOf('ended other short'))
})
