import { expect, test } from 'vitest'
import type { AgentRule } from '../../core/plan/decisions.ts'
import type { Launcher, LaunchOrder, StopTarget } from '../../core/scheduler/launcher.ts'
import { byCompute } from './by-compute.ts'

/** A launcher that writes down what it is told. */
function recorder(name: string, told: string[]): () => Promise<Launcher> {
  return async () => {
    told.push(`${name} is made`)
    return {
      async launch({ run }) {
        told.push(`${name} starts ${run}`)
        return { kind: 'started' }
      },
      async stop({ run }) {
        told.push(`${name} stops ${run}`)
      },
      async *running() {
        yield { agent: name, suffix: 's', attempt: 1, compute: 'docker', container: name }
      },
    }
  }
}

const order = (compute: AgentRule['compute']) => ({ agent: { name: 'dev', compute }, run: 'dev-1' }) as LaunchOrder
const target = (compute: AgentRule['compute']) => ({ agent: 'dev', compute, run: 'dev-1' }) as StopTarget

test('an agent is started and stopped where it runs, by a launcher that is made when it is first needed', async () => {
  const told: string[] = []
  const launcher = byCompute({ lambda: recorder('lambda', told), fargate: recorder('fargate', told) })
  await Promise.all([launcher.launch(order('lambda')), launcher.launch(order('lambda'))])
  await launcher.stop(target('lambda'))
  expect(told).toEqual(['lambda is made', 'lambda starts dev-1', 'lambda starts dev-1', 'lambda stops dev-1'])
})

test('what this host cannot start is refused for good, what it cannot stop is an error', async () => {
  const launcher = byCompute({ lambda: recorder('lambda', []) })
  expect(await launcher.launch(order('fargate'))).toEqual({
    kind: 'failed',
    why: 'agent dev runs on fargate, which this host cannot start; deploy it again',
  })
  await expect(launcher.stop(target('fargate'))).rejects.toThrow('fargate')
})

test('a launcher that could not be made is made again', async () => {
  const told: string[] = []
  let broken = true
  const make = recorder('lambda', told)
  const launcher = byCompute({
    async lambda() {
      if (broken) throw new Error('no region')
      return await make()
    },
  })
  await expect(launcher.launch(order('lambda'))).rejects.toThrow('no region')
  broken = false
  expect(await launcher.launch(order('lambda'))).toEqual({ kind: 'started' })
})

test('what runs is what all of them list', async () => {
  const launcher = byCompute({ lambda: recorder('a', []), fargate: recorder('b', []) })
  const found = []
  for await (const { container } of launcher.running?.() ?? []) found.push(container)
  expect(found).toEqual(['a', 'b'])
})
