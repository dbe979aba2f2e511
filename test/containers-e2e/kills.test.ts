import { describe, expect, test } from 'vitest'
import type { Engine } from '../docker/engine.ts'
import { findEngine } from '../docker/engine.ts'
import { scriptedModel, typing } from './model.ts'
import { meetingPoint, nothing, onStage, writeProject } from './stage.ts'

const engine = await findEngine()

describe.skipIf(engine === undefined)('a kill of a run in a container', { timeout: 300_000 }, () => {
  test('ends it within 5 s during its launch, a sleeping preflight step and a command', async () => {
    const { docker, baseImage } = engine as Engine
    await using point = await meetingPoint('docker')
    await using model = await scriptedModel('docker', {
      launch: typing('true'),
      preflight: typing('true'),
      tool: typing(`${point.say('tool')}; (setsid sleep 600 &) ; exec sleep 600`),
    })
    const step = `[[preflight]]\nprovider = "shell"\n[preflight.params]\ncommand = '${point.say('preflight')}; sleep 600'\n`
    const schedule = 'schedule = "0 0 1 1 *"\n'
    await using on = await onStage('docker', { docker, baseImage }, (home) =>
      writeProject(home, {
        files: {
          'config.toml': '[local]\nmemory = "512m"\ncpus = 1\n',
          'agents/launch/agent-config.toml': model.toml('launch', schedule),
          'agents/preflight/agent-config.toml': model.toml('preflight', `${schedule}${step}`),
          'agents/tool/agent-config.toml': model.toml('tool', schedule),
        },
      }),
    )
    const host = await on.start()
    for (const moment of ['launch', 'preflight', 'tool']) {
      const started = host.trigger(moment)
      let id = ''
      if (moment === 'launch') {
        // Killed as soon as the record has it; its container is being made then.
        await host.until('the run', async () => {
          id = (await host.runs('launch'))[0]?.id ?? ''
          return id !== ''
        })
      } else {
        id = await started
        await host.until(moment, () => point.heard.includes(moment))
      }
      const since = performance.now()
      await host.ask('POST', `/control/kill/${id}`)
      await host.until('the end', async () => (await host.run(id)).status === 'done')
      expect(await host.run(id)).toMatchObject({ outcome: 'killed' })
      await host.until('its container to go', async () => (await on.left()).containers.length === 0)
      expect(performance.now() - since, moment).toBeLessThan(5000)
      await started
      expect((await on.left()).volumes).toEqual([])
    }
    expect(await host.stopped()).toBe(0)
    expect(await on.counted()).toEqual(nothing)
  })
})
