import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { PublicRun } from '../../functions/gateway/public-run.ts'
import type { Engine } from '../docker/engine.ts'
import { findEngine } from '../docker/engine.ts'
import { scriptedModel, typing } from './model.ts'
import { meetingPoint, nothing, onStage, writeProject } from './stage.ts'

const engine = await findEngine()

const called = `sed 's/.*"callId":"\\([^"]*\\)".*/\\1/'`

describe.skipIf(engine === undefined)('a host that is killed', { timeout: 300_000 }, () => {
  test('loses no run, queue, lock or call, runs nothing twice, and its next one leaves no orphan', async () => {
    await using point = await meetingPoint('docker')
    await using model = await scriptedModel('docker', {
      worker: typing(
        `${point.say('worker-$(hostname)')}; rlock 'the lock'; id=$(echo '{}' | al-call helper | ${called}); ${point.wait('go')}; al-wait "$id" --timeout 60`,
        `runlock 'the lock'; al-return done`,
      ),
      helper: typing(`${point.say('helper-$(hostname)')}; ${point.wait('go')}; al-return 'the answer'`),
    })
    const webhook = '[webhooks.test]\ntype = "test"\nallowUnsigned = true\n'
    const { docker, baseImage } = engine as Engine
    await using on = await onStage('docker', { docker, baseImage }, (home) =>
      writeProject(home, {
        files: {
          'config.toml': `[local]\nmemory = "512m"\ncpus = 1\n${webhook}`,
          'agents/worker/agent-config.toml': model.toml('worker', 'scale = 1\n[[webhooks]]\nsource = "test"\n'),
          'agents/helper/agent-config.toml': model.toml('helper', 'schedule = "0 0 1 1 *"\nscale = 3\n'),
        },
      }),
    )
    const heard = (agent: string) => point.heard.filter((text) => text.startsWith(`${agent}-`))
    const locks = async (host: { ask: <T>(method: 'GET', path: string) => Promise<T> }) =>
      JSON.stringify(await host.ask('GET', '/locks/status'))

    const first = await on.start()
    for (const delivery of ['1', '2', '3']) {
      const answer = await fetch(`${first.url}/webhooks/test`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-test-delivery': delivery },
        body: JSON.stringify({ event: 'go', repo: 'acme/x', n: delivery }),
      })
      expect(answer.status).toBe(200)
    }
    await first.until('the call', () => heard('helper').length === 1)
    expect(await locks(first)).toContain('the lock')
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    const before = (await on.left()).containers.map(({ Id }) => Id).sort()
    expect(before).toHaveLength(2)

    const second = await on.start({ port: first.port })
    expect(await locks(second)).toContain('the lock')
    expect(await second.ask('GET', '/control/status')).toMatchObject({ running: 2 })
    expect((await on.left()).containers.map(({ Id }) => Id).sort()).toEqual(before)
    expect((await second.runs('worker')).filter(({ status }) => status === 'queued')).toHaveLength(2)
    point.allow('go')
    const over = (runs: readonly PublicRun[]) => runs.length === 3 && runs.every(({ status }) => status === 'done')
    await second.until('the ends', async () => over(await second.runs('worker')) && over(await second.runs('helper')))
    for (const agent of ['worker', 'helper']) {
      const runs = await second.runs(agent)
      expect(runs.map(({ outcome }) => outcome)).toEqual(['completed', 'completed', 'completed'])
      // Each in one container, which has done its work once.
      expect(new Set(heard(agent))).toHaveLength(3)
      expect(heard(agent)).toHaveLength(3)
    }
    expect(model.printed('worker').match(/the answer/g)).toHaveLength(3)
    expect(await locks(second)).not.toContain('the lock')
    expect(await second.stopped()).toBe(0)
    expect(await on.counted()).toEqual(nothing)
  })
})
