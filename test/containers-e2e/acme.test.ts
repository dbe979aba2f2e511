import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { acmeEnvironment, acmeHere } from '../../examples/demo/acme-here.ts'
import { scripts } from '../../examples/demo/scripts.ts'
import { startScriptedModel } from '../../examples/scripted-model/server.ts'
import type { Engine } from '../docker/engine.ts'
import { findEngine } from '../docker/engine.ts'
import { nameOfThisMachine, nothing, onStage } from './stage.ts'

const engine = await findEngine()

async function acme({ docker, baseImage }: Engine) {
  const model = await startScriptedModel({ scripts, hostname: '0.0.0.0' })
  let secret = ''
  const stage = await onStage('docker', { docker, baseImage }, (home) => {
    const url = model.url.replace('0.0.0.0', nameOfThisMachine('docker'))
    const { project, environment, webhookSecret } = acmeHere(home, url)
    secret = webhookSecret
    return { directory: project, environment: acmeEnvironment, env: environment }
  })
  return {
    ...stage,
    deliver: (url: string, event: string, payload: unknown) => {
      const body = JSON.stringify(payload)
      const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
      const github = { 'x-github-event': event, 'x-github-delivery': 'one', 'x-hub-signature-256': signature }
      return fetch(`${url}/webhooks/github`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...github },
        body,
      })
    },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]()
      await model.close()
    },
  }
}

const labelled = {
  action: 'labeled',
  label: { name: 'ready-for-dev' },
  issue: {
    ...{ number: 42, title: 'The login page is blank', labels: [{ name: 'ready-for-dev' }] },
    user: { login: 'ann' },
  },
  repository: { full_name: 'acme/app', owner: { login: 'acme' } },
  organization: { login: 'acme' },
  sender: { login: 'ann' },
}

describe.skipIf(engine === undefined)('examples/acme in containers', { timeout: 300_000 }, () => {
  test('a webhook starts dev, which locks, calls reviewer, is answered and returns; devops asks for a rerun', async () => {
    await using on = await acme(engine as Engine)
    const host = await on.start({ words: ['--expose'] })
    expect(host.text()).toContain('--expose: the gateway listens on all addresses')
    expect((await on.deliver(host.url, 'issues', labelled)).status).toBe(200)
    await host.until('the end of dev', async () => (await host.runs('dev'))[0]?.status === 'done')
    expect(await host.runs('dev')).toMatchObject([{ outcome: 'completed', calls: 1, trigger: { kind: 'webhook' } }])
    expect(await host.runs('reviewer')).toMatchObject([{ outcome: 'completed', trigger: { kind: 'call' } }])
    const log = on.al('logs', 'dev', '--raw')
    expect(await log.ended).toBe(0)
    expect(log.text()).toContain('pull request 43 is approved')
    const locks = on.al('locks', '--json')
    expect(await locks.ended).toBe(0)
    expect(JSON.parse(locks.text())).toEqual({ locks: [] })

    const byHand = on.al('run', 'devops')
    expect(await byHand.ended, byHand.text()).toBe(0)
    expect(byHand.text()).toMatch(/✓ devops-\w{20} completed, and asks for a rerun/)
    expect(await host.runs('devops')).toMatchObject([{ outcome: 'completed', rerun: 1 }, { outcome: 'rerun' }])

    const stop = on.al('stop')
    expect(await stop.ended, stop.text()).toBe(0)
    expect(await host.ended).toBe(0)
    expect(await on.counted()).toEqual(nothing)
  })
})
