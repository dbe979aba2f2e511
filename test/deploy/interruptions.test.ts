import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMinistack } from '../support/ministack.ts'
import { agentFiles } from '../support/synth-project.ts'
import { type Cloud, cloudProject, openCloud } from './cloud.ts'

/**
 * Ctrl-C at each stage of a deploy: it ends at once with 130, says what was begun, and the next deploy brings the cloud
 * to where it should be. One account, whose stages follow each other.
 */
describe.skipIf(noMinistack !== undefined)('a deploy that is interrupted', { timeout: 240_000 }, () => {
  let cloud: Cloud
  const project = cloudProject('torn', agentFiles('one', 'scale = 0\n'))
  const proxies = (delay: RegExp) =>
    cloud.proxy(async ({ action }) => {
      // Long enough for a signal to arrive while the answer is waited for.
      if (delay.test(action)) await new Promise((resolve) => setTimeout(resolve, 3000))
      return undefined
    })
  const interrupt = async (after: RegExp, endpoint?: string) => {
    const running = cloud.start(['deploy', '-p', project, '--yes'], endpoint === undefined ? {} : { endpoint })
    await running.says(after)
    const at = Date.now()
    running.child.kill('SIGINT')
    const { code, stderr } = await running.ended
    expect(code, stderr).toBe(130)
    expect(Date.now() - at).toBeLessThan(10_000)
    return stderr
  }
  const deploys = async () => {
    const { code, stderr, stdout } = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(code, stderr + stdout).toBe(0)
    expect((await cloud.al(['deploy', '-p', project, '--yes'])).stdout).toContain('nothing to deploy')
  }

  beforeAll(async () => {
    cloud = await openCloud()
  })
  afterAll(async () => {
    await cloud?.stop()
  })

  test('while it looks: nothing was changed', async () => {
    const proxy = await proxies(/ListStacks/)
    expect(await interrupt(/torn \(default\) in account/, proxy.endpoint)).toContain('interrupted: nothing was changed')
    expect(proxy.calls.some(({ action }) => /Create|Put|Update/.test(action))).toBe(false)
  })

  test('during the bootstrap', async () => {
    expect(await interrupt(/CDKToolkit: started/)).toContain('interrupted: the bootstrap stack was begun')
  })

  test('during the control plane', async () => {
    expect(await interrupt(/control plane: started/)).toContain(
      'interrupted: the control plane was begun, agents were not. CloudFormation ends what it has begun',
    )
    await deploys()
  })

  test('during the agents', async () => {
    writeFileSync(join(project, 'agents/one/agent-config.toml'), 'schedule = "0 6 * * *"\n')
    await cloud.pushImages(project)
    expect(await interrupt(/agents: started/)).toContain(
      'interrupted: the control plane is deployed, agents were begun',
    )
    await deploys()
  })

  test('during the removal', async () => {
    const running = cloud.start(['destroy', '-p', project, '--yes'])
    await running.says(/agents: started/)
    running.child.kill('SIGINT')
    const { code, stderr } = await running.ended
    expect(code, stderr).toBe(130)
    expect(stderr).toContain(`\`al destroy -p ${project}\` removes the rest`)
    expect((await cloud.al(['destroy', '-p', project, '--yes', '--all'])).code).toBe(0)
  })
})
