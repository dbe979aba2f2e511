import { expect, test } from 'vitest'
import { controlPlane } from '../../core/scheduler/control-plane.ts'
import { jsonLog, lambdaStamp } from '../../functions/cloud/json-log.ts'
import { embeddedMetrics } from '../../functions/telemetry/embedded-metrics.ts'
import { agent, idOf, manual, testPlane, webhook } from '../support/plane.ts'

interface Line {
  readonly message: string
  readonly _aws?: {
    readonly Timestamp: number
    readonly CloudWatchMetrics: {
      readonly Namespace: string
      readonly Dimensions: string[][]
      readonly Metrics: { readonly Name: string; readonly Unit: string }[]
    }[]
  }
  readonly [member: string]: unknown
}

const usage = {
  inputTokens: 900,
  outputTokens: 90,
  cacheReadTokens: 10,
  cacheWriteTokens: 0,
  totalTokens: 1000,
  cost: 0.25,
  turnCount: 3,
}

/** A control plane that logs as the functions on AWS do, at a level that lets nothing else through. */
function measuredPlane(metrics: 'all' | 'failures' | undefined, limits: { workQueueSize?: number } = {}) {
  const lines: Line[] = []
  const base = testPlane([agent('dev'), agent('helper')], { limits })
  const embed = embeddedMetrics({ project: 'acme', environment: 'prod', metrics }, base.world.clock.now)
  const log = jsonLog((line) => lines.push(JSON.parse(line)), lambdaStamp(base.world.clock.now), 'error', embed)
  const plane = controlPlane({ ...base.world, log })
  /** What CloudWatch makes of the lines: the values of each metric, by `name{dimensions}`. */
  const measured = () => {
    const values: Record<string, unknown[]> = {}
    for (const line of lines) {
      for (const { Namespace, Dimensions, Metrics } of line._aws?.CloudWatchMetrics ?? []) {
        expect(Namespace).toBe('ActionLlama')
        for (const set of Dimensions) {
          const where = set.map((name) => line[name]).join('/')
          for (const { Name } of Metrics) {
            const key = `${Name}{${where}}`
            values[key] = [...(values[key] ?? []), line[Name]]
          }
        }
      }
    }
    return values
  }
  return { base, plane, lines, measured }
}

test('a run that ends is measured once, with its outcome, duration, wait, tokens and cost', async () => {
  const { base, plane, lines, measured } = measuredPlane('all')
  const first = await plane.trigger(webhook('dev', 'one'))
  const second = await plane.trigger(webhook('dev', 'two'))
  const session = await base.claimed()
  base.wait(90)
  await plane.finish(session, { outcome: 'completed', usage })
  await plane.finish(session, { outcome: 'completed', usage })
  expect(measured()).toMatchObject({
    'RunsCompleted{acme/prod}': [1],
    'RunsCompleted{acme/prod/dev}': [1],
    'RunDuration{acme/prod/dev}': [90_000],
    'QueueTime{acme/prod/dev}': [0],
    'Tokens{acme/prod}': [1000],
    'Cost{acme/prod/dev}': [0.25],
  })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({ message: 'run ended', run: idOf(first), level: 'INFO', outcome: 'completed' })
  const next = await base.claimed()
  await plane.finish(next, { outcome: 'error', code: 1 })
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatchObject({ run: idOf(second), RunsFailed: 1, QueueTime: 90_000, RunDuration: 0 })
  expect(lines[1]).not.toHaveProperty('Tokens')
})

test('refused events, failed launches and repairs are measured', async () => {
  const { base, plane, measured } = measuredPlane('all', { workQueueSize: 1 })
  base.answerNext({ kind: 'refused', why: 'throttled' })
  await plane.trigger(webhook('dev', '1'))
  await plane.trigger(webhook('dev', '2'))
  expect((await plane.trigger(webhook('dev', '3'))).kind).toBe('refused')
  base.wait(60)
  await plane.sweep()
  await base.claimed()
  base.wait(1200)
  await plane.sweep()
  expect(measured()).toMatchObject({
    'LaunchesFailed{acme/prod/dev}': [1],
    'EventsRefused{acme/prod/dev}': [1],
    'Repairs{acme/prod/dev}': [1, 1],
    'RunsFailed{acme/prod/dev}': [1],
  })
})

test('a line says in which unit and at which moment, in the words of CloudWatch', async () => {
  const { base, plane, lines } = measuredPlane('all')
  await plane.trigger(manual('dev'))
  await plane.finish(await base.claimed(), { outcome: 'completed', usage })
  const [line] = lines
  expect(line?._aws?.Timestamp).toBe(base.world.clock.now())
  expect(line?._aws?.CloudWatchMetrics[0]?.Metrics).toEqual([
    { Name: 'RunsCompleted', Unit: 'Count' },
    { Name: 'RunDuration', Unit: 'Milliseconds' },
    { Name: 'QueueTime', Unit: 'Milliseconds' },
    { Name: 'Tokens', Unit: 'Count' },
    { Name: 'Cost', Unit: 'None' },
  ])
  expect(Date.parse(String(line?.timestamp))).toBe(base.world.clock.now())
})

test('for alarms alone, failed runs are measured and nothing else; without them nothing is', async () => {
  for (const [wanted, expected] of [
    ['failures', { 'RunsFailed{acme/prod}': [1] }],
    [undefined, {}],
  ] as const) {
    const { base, plane, measured } = measuredPlane(wanted)
    await plane.trigger(manual('dev'))
    await plane.finish(await base.claimed(), { outcome: 'completed', usage })
    await plane.trigger(manual('dev'))
    await plane.finish(await base.claimed(), { outcome: 'error', usage })
    expect(measured()).toEqual(expected)
  }
})

test('a run that is killed or expires while it waits is measured as that', async () => {
  const { base, plane, measured } = measuredPlane('all')
  await plane.trigger(webhook('dev', '1'))
  const waiting = idOf(await plane.trigger(webhook('dev', '2')))
  await plane.trigger(webhook('dev', '3'))
  await plane.kill({ agent: 'dev', suffix: waiting.slice(-20) })
  await plane.pauseProject()
  await base.claimed()
  base.wait(25 * 3600)
  await plane.sweep()
  expect(measured()).toMatchObject({ 'RunsKilled{acme/prod}': [1], 'RunsDropped{acme/prod}': [1] })
})
