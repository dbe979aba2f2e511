import { describe, expect, test } from 'vitest'
import { findEngine } from '../docker/engine.ts'
import { scriptedModel, typing } from './model.ts'
import { meetingPoint, nothing, onStage, type Runtime, writeProject } from './stage.ts'

const engine = await findEngine()

/** One agent that does its work, one that gives up, and one that waits to be told. */
async function project(runtime: Runtime) {
  if (engine === undefined) throw new Error('no engine')
  const point = await meetingPoint(runtime)
  const model = await scriptedModel(runtime, {
    worker: typing('al-return done'),
    quitter: typing('al-exit 14'),
    waiter: typing(`${point.say('began')} && ${point.wait('go')}`),
  })
  const agents = ['worker', 'quitter', 'waiter']
  const stage = await onStage(runtime, engine, (home) =>
    writeProject(home, {
      files: {
        'config.toml': '[local]\nmemory = "512m"\ncpus = 1\n',
        ...Object.fromEntries(
          agents.map((name) => [`agents/${name}/agent-config.toml`, model.toml(name, 'schedule = "0 0 1 1 *"')]),
        ),
      },
    }),
  )
  return {
    ...stage,
    point,
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]()
      await point[Symbol.asyncDispose]()
      await model[Symbol.asyncDispose]()
    },
  }
}

describe.skipIf(engine === undefined).each(['docker', 'process'] as const)('with %s', (runtime) => {
  const options = { timeout: 180_000 }

  test(
    'al run without a host ends with 0 when the run has done its work, else with the code of the run',
    options,
    async () => {
      await using on = await project(runtime)
      const well = on.al('run', 'worker', '--runtime', runtime)
      expect(await well.ended, well.text()).toBe(0)
      expect(well.text()).toMatch(/✓ worker-\w{20} completed/)
      expect(await on.counted()).toEqual(nothing)
      const badly = on.al('run', 'quitter', '--runtime', runtime)
      expect(await badly.ended, badly.text()).toBe(14)
      expect(badly.text()).toMatch(/✗ quitter-\w{20} failed with exit code 14/)
      expect(await on.counted()).toEqual(nothing)
    },
  )

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s to al run without a host ends the run within 5 s',
    options,
    async (signal) => {
      await using on = await project(runtime)
      const run = on.al('run', 'waiter', '--runtime', runtime)
      await run.until('the run', () => on.point.heard.includes('began'))
      const since = performance.now()
      run.child.kill(signal)
      expect(await run.ended, run.text()).toBe(137)
      expect(performance.now() - since).toBeLessThan(5000)
      expect(run.text()).toMatch(/✗ waiter-\w{20} killed/)
      expect(await on.counted()).toEqual(nothing)
    },
  )

  test('an al run that watches is told how its run ended before the host is gone', options, async () => {
    await using on = await project(runtime)
    const host = await on.start()
    const run = on.al('run', 'waiter')
    await run.until('the run', () => on.point.heard.includes('began'))
    const since = performance.now()
    const stop = on.al('stop', '--now')
    expect(await stop.ended, stop.text()).toBe(0)
    expect(await run.ended, run.text()).toBe(137)
    expect(await host.ended, host.text()).toBe(0)
    expect(performance.now() - since).toBeLessThan(8000)
    expect(run.text()).toMatch(/✗ waiter-\w{20} killed/)
    expect(await on.counted()).toEqual(nothing)
  })
})
