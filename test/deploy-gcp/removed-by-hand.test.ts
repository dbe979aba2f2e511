import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../support/pulumi/pulumi-world.ts'
import { agentFiles } from '../support/synth-project.ts'
import { everythingIn, googleProject, noPulumi, openSite, type Site } from './site.ts'

if (noPulumi !== undefined) console.warn(`test/deploy-gcp: skipped: ${noPulumi}`)

/** Somebody removes parts of the control plane in Google's console. */
describe.skipIf(noPulumi !== undefined)('what was removed by hand', { timeout: 200_000 }, () => {
  let site: Site
  const project = googleProject('removed', agentFiles('one'))
  const al = (...args: string[]) => site.al([...args, '-p', project])
  const remove = (...names: readonly string[]) => {
    const left = Object.entries(site.world()).filter(([, { name, type }]) => !names.includes(`${name} ${type}`))
    writeFileSync(join(site.home, 'world', 'world.json'), JSON.stringify(Object.fromEntries(left) satisfies World))
  }

  beforeAll(async () => {
    site = await openSite(project)
    const { code, stderr } = await al('deploy', '--yes')
    expect(code, stderr).toBe(0)
  })
  afterAll(() => site?.stop())

  test('is told by a diff, which changes nothing', async () => {
    remove(
      'gateway gcp:cloudfunctionsv2/function:Function',
      'gateway-open gcp:cloudrunv2/serviceIamMember:ServiceIamMember',
      'stopped gcp:pubsub/topic:Topic',
      'stopped-publish gcp:pubsub/topicIAMMember:TopicIAMMember',
      'stopped gcp:pubsub/subscription:Subscription',
    )
    site.calls()
    const before = everythingIn(site.state)
    const { code, stdout } = await al('diff', '--exit-code', '--json')
    expect(code).toBe(1)
    const added = JSON.parse(stdout).change.resources.map(({ kind, part }: Record<string, string>) => `${kind} ${part}`)
    expect(added).toEqual(expect.arrayContaining(['add gateway Function', 'add gateway-open ServiceIamMember']))
    expect(everythingIn(site.state)).toBe(before)
  })

  test('is made again by a deploy, with what hung on it, and nothing else is touched', async () => {
    const { code, stdout, stderr } = await al('deploy', '--yes')
    expect(code, stderr).toBe(0)
    expect(stdout + stderr).toContain('removed without al, and made again: ')
    expect(site.calls().sort()).toEqual([
      'create gateway',
      'create gateway-open',
      'create stopped',
      'create stopped',
      'create stopped-publish',
    ])
    expect((await al('diff', '--exit-code')).code).toBe(0)
  })
})
