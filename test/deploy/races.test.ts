import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMinistack } from '../support/ministack.ts'
import { agentFiles } from '../support/synth-project.ts'
import { type Cloud, cloudProject, openCloud } from './cloud.ts'

/** Two people, or a person and CI, at the same environment: what one of them has looked at is over when it acts. */
describe.skipIf(noMinistack !== undefined)('while somebody else deploys', { timeout: 240_000 }, () => {
  let cloud: Cloud
  const project = cloudProject('races', agentFiles('one', 'scale = 0\n'))
  const write = (text: string) => writeFileSync(join(project, 'agents/one/agent-config.toml'), text)
  const expressionOf = async () => {
    const scheduler = new SchedulerClient(cloud.client)
    const found = await scheduler.send(new GetScheduleCommand({ Name: 'one', GroupName: 'al-races_default' }))
    return found.ScheduleExpression
  }
  /** Everything that is asked about `action` waits for a deploy of somebody else. */
  const deployBefore = async (action: RegExp, config: string) => {
    let deploying: Promise<void> | undefined
    const other = async () => {
      write(config)
      const { code, stderr } = await cloud.al(['deploy', '-p', project, '--yes'])
      expect(code, stderr).toBe(0)
    }
    return await cloud.proxy(async (call) => {
      if (!action.test(call.action)) return undefined
      deploying ??= other()
      await deploying
    })
  }

  beforeAll(async () => {
    cloud = await openCloud()
    const first = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(first.code, first.stderr).toBe(0)
    write('schedule = "0 6 * * *"\n')
    await cloud.pushImages(project)
    const second = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(second.code, second.stderr).toBe(0)
  }, 240_000)
  afterAll(async () => {
    await cloud?.stop()
  })

  test('the doctor does not put back what stood before that deploy', async () => {
    const { endpoint } = await deployBefore(/^scheduler:GetSchedule$/, 'schedule = "0 7 * * *"\n')
    const { code, stderr } = await cloud.al(['doctor', '-c', '-p', project, '--yes'], { endpoint })
    expect(await expressionOf()).toBe('cron(0 7 * * ? *)')
    expect(stderr).toContain(`was deployed meanwhile; run \`al doctor -c -p ${project}\` again`)
    expect(code).toBe(5)
  })

  test('a deploy does nothing other than it has shown', async () => {
    write('schedule = "0 8 * * *"\n')
    const { endpoint } = await deployBefore(/^secretsmanager:DescribeSecret$/, 'schedule = "0 9 * * *"\n')
    const { code, stderr } = await cloud.al(['deploy', '-p', project, '--yes'], { endpoint })
    expect(stderr).toMatch(/nothing was deployed: al-races-default-.* changed since/)
    expect(await expressionOf()).toBe('cron(0 9 * * ? *)')
    expect(code).toBe(5)
  })
})
