import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cloudPlan } from '../../cli/deploy/cloud-plan.ts'
import { containerOf } from '../cloud-client/container.ts'
import { gatewayKey, keyId, startedIn, startGoogleGateway } from '../cloud-client-gcp/google-gateway.ts'
import { agentFiles } from '../support/synth-project.ts'
import { googleProject, noPulumi, openSite, type Site } from './site.ts'

if (noPulumi !== undefined) console.warn(`test/deploy-gcp: skipped: ${noPulumi}`)

interface Status {
  readonly agents: readonly { readonly name: string; readonly enabled: boolean }[]
}

/** Runs are in the way of a deploy, which speaks to the control plane that stands. Each test goes on where the one before ended. */
describe.skipIf(noPulumi !== undefined)('what runs while the project changes', { timeout: 200_000 }, () => {
  let site: Site
  let gateway: Awaited<ReturnType<typeof startGoogleGateway>>
  const project = googleProject('drain', { ...agentFiles('one'), ...agentFiles('two'), ...agentFiles('three') })
  const start = (...args: string[]) =>
    site.start([...args, '--yes', '-p', project], { env: { AL_GATEWAY_URL: gateway.reachable } })
  const leaveOut = (agent: string) => rmSync(join(project, 'agents', agent), { recursive: true })

  const asked = async (method: 'GET' | 'POST', path: string) => {
    const headers = { authorization: `Bearer ${gatewayKey}`, 'content-type': 'application/json' }
    const answer = await fetch(`${gateway.reachable}${path}`, {
      method,
      headers,
      ...(method === 'POST' && { body: '{}' }),
    })
    return { status: answer.status, body: (await answer.json()) as Status }
  }
  /** Agents that are paused. */
  const paused = async () =>
    (await asked('GET', '/control/status')).body.agents.flatMap(({ enabled, name }) => (enabled ? [] : [name]))

  /** A run whose container is at work. */
  async function runOf(agent: string) {
    const { status, body } = await asked('POST', `/control/trigger/${agent}`)
    expect(status, JSON.stringify(body)).toBeLessThan(300)
    const { message, container } = startedIn(site.google)
    const played = containerOf(gateway, message)
    expect((await played.claim(container)).status).toBe(200)
    return {
      finish: async (outcome: 'completed' | 'killed') =>
        expect((await played.finish({ outcome, code: outcome === 'killed' ? 143 : 0 })).status).toBe(200),
      /** Resolves when Cloud Run was told to end its execution. */
      cancelled: () =>
        expect
          .poll(() => site.google.run.executions.find(({ name }) => name.endsWith(`/${container}`))?.cancelledCount, {
            timeout: 60_000,
          })
          .toBe(1),
    }
  }

  beforeAll(async () => {
    site = await openSite(project)
    site.google.secrets.put(keyId, gatewayKey)
    const { code, stderr } = await site.al(['deploy', '--yes', '-p', project])
    expect(code, stderr).toBe(0)
    // Whatever is asked shows Google what was made.
    expect((await site.al(['diff', '--exit-code', '-p', project])).code).toBe(0)
    gateway = await startGoogleGateway(site.google, cloudPlan({ project }))
  })
  afterAll(async () => {
    await gateway?.stop()
    await site?.stop()
  })

  test('a deploy that removes an agent waits for its run; interrupted, it leaves the agent as it was', async () => {
    const run = await runOf('two')
    leaveOut('two')
    const first = start('deploy')
    await first.says(/waiting for 1 run of two; --now kills instead/)
    expect(await paused()).toEqual(['two'])
    first.child.kill('SIGINT')
    expect((await first.ended).code).toBe(130)
    expect(await paused()).toEqual([])

    const second = start('deploy')
    await second.says(/waiting for 1 run of two/)
    expect(site.names()).toContain('agent-two')
    await run.finish('completed')
    const { code, stderr } = await second.ended
    expect(code, stderr).toBe(0)
    expect(site.names()).not.toContain('agent-two')
    expect(site.names()).toContain('agent-one')
  })

  test('with --now it kills the run, and removes the agent once that has ended', async () => {
    const run = await runOf('three')
    leaveOut('three')
    const deploying = start('deploy', '--now')
    await deploying.says(/killing 1 run of three/)
    await run.cancelled()
    expect(site.names()).toContain('agent-three')
    await run.finish('killed')
    const { code, stderr } = await deploying.ended
    expect(code, stderr).toBe(0)
    expect(site.names()).not.toContain('agent-three')
  })

  test('a destroy kills what runs before the control plane goes', async () => {
    const run = await runOf('one')
    const destroying = start('destroy')
    await destroying.says(/killing 1 run/)
    await run.cancelled()
    expect(site.names()).toContain('gateway')
    await run.finish('killed')
    const { code, stderr } = await destroying.ended
    expect(code, stderr).toBe(0)
    expect(site.names()).not.toContain('gateway')
    expect(await paused()).toEqual([])
  })
})
