import { expect, test } from 'vitest'
import type { AgentRule } from '../../core/plan/decisions.ts'
import { controlPlane } from '../../core/scheduler/control-plane.ts'
import { projectKey } from '../../core/scheduler/project.ts'
import { runKey } from '../../core/scheduler/run.ts'
import type { Store } from '../../core/store.ts'
import { agent, idOf, manual, type TestPlane, testPlane, webhook } from '../support/plane.ts'

const refOf = (id: string) => ({ agent: id.slice(0, -21), suffix: id.slice(-20) })

/** Takes a run out of the store, as somebody with a console may. */
async function lose({ world }: TestPlane, id: string): Promise<void> {
  const [run, project] = await world.store.get([runKey(refOf(id)), projectKey])
  if (run === undefined || project === undefined) throw new Error('the store answered with less than it was asked for')
  await world.store.commit([
    { kind: 'put', key: projectKey, expected: project.expected, data: project.data ?? {} },
    { kind: 'delete', key: runKey(refOf(id)), expected: run.expected },
  ])
}

/** What the control plane reads by `list`, from now on. */
function countingLists(plane: TestPlane) {
  const count = { lists: 0, items: 0 }
  const store: Store = {
    ...plane.world.store,
    async list(...query) {
      const items = await plane.world.store.list(...query)
      count.lists += 1
      count.items += items.length
      return items
    },
  }
  return { count, plane: controlPlane({ ...plane.world, store }) }
}

test.each([undefined, 1])('Q5: a place in a queue without its run holds up nobody, project scale %s', async (scale) => {
  const plane = testPlane([agent('a'), agent('b')], { limits: scale === undefined ? {} : { scale } })
  await plane.trigger(webhook('a', 'd1'))
  const lost = idOf(await plane.trigger(webhook('a', 'd2')))
  plane.wait(1)
  const behind = idOf(await plane.trigger(webhook('a', 'd3')))
  await lose(plane, lost)
  await plane.finish(await plane.claimed(), { outcome: 'completed' })
  expect(plane.launched.at(-1)?.run).toBe(behind)
  await plane.finish(await plane.claimed(), { outcome: 'completed' })
  expect(await plane.world.store.list('live')).toEqual([])
})

test('a place without its run goes when its time is over, also while its agent is paused', async () => {
  const plane = testPlane([agent('dev')])
  await plane.pauseAgent('dev')
  await lose(plane, idOf(await plane.trigger(webhook('dev', 'd1'))))
  plane.wait(25 * 3600)
  await plane.sweep()
  expect((await plane.overview()).agents[0]?.queued).toBe(0)
})

test('a sweep that is behind a deployment does not refuse what waits for a new agent', async () => {
  const plane = testPlane([agent('dev')])
  await plane.trigger(webhook('dev', 'd1'))
  const waiting = idOf(await plane.trigger(webhook('dev', 'd2')))
  await controlPlane({ ...plane.world, rules: { ...plane.world.rules, agents: new Map() } }).sweep()
  expect(await plane.run(waiting)).toMatchObject({ state: 'queued' })
})

test('a run that is started again after its agent has moved is stopped where it is', async () => {
  const plane = testPlane([agent('dev', { compute: 'lambda' })])
  const id = idOf(await plane.trigger(manual('dev')))
  ;(plane.world.rules.agents as Map<string, AgentRule>).set('dev', agent('dev', { compute: 'fargate' }))
  plane.wait(101)
  await plane.sweep()
  await plane.claimed('task 1')
  await plane.kill(refOf(id))
  expect(plane.stopped.at(-1)).toMatchObject({ compute: 'fargate', container: 'task 1' })
})

test('the input of a run of seven days is there as long as the run, for a retry', async () => {
  const plane = testPlane([agent('dev', { timeoutSeconds: 7 * 24 * 3600 })])
  const input = JSON.stringify('x'.repeat(5000))
  const id = idOf(await plane.trigger({ ...manual('dev'), input }))
  const session = await plane.claimed()
  plane.wait(7 * 24 * 3600)
  await plane.finish(session, { outcome: 'completed' })
  plane.wait(30 * 24 * 3600 - 60)
  expect(await plane.retry(refOf(id))).toMatchObject({ kind: 'started' })
})

test('Q5: with a project scale, a sweep and a resume read the queues of all agents a few times, not once per agent', async () => {
  const names = Array.from({ length: 50 }, (_, i) => `agent-${i}`)
  const plane = testPlane(
    names.map((name) => agent(name)),
    { limits: { scale: 1 } },
  )
  for (const name of names) for (const delivery of [1, 2]) await plane.trigger(webhook(name, `${name} ${delivery}`))
  const counting = countingLists(plane)
  await counting.plane.sweep()
  await counting.plane.resumeProject()
  expect(counting.count.lists).toBeLessThanOrEqual(4)
})

test('the runs of an agent of any scale are killed in one go', async () => {
  const plane = testPlane([agent('dev', { scale: 300 })])
  for (let i = 0; i < 300; i++) await plane.trigger(webhook('dev', `${i}`))
  expect(await plane.killAgent('dev')).toBe(300)
  expect(await plane.world.store.list('live')).toEqual([])
})
