import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMinistack } from '../support/ministack.ts'
import { writeProject } from '../support/synth-project.ts'
import { containerOf, messageOf } from './container.ts'
import {
  type DeployedProject,
  deployTime,
  type EmulatedAccount,
  emulatedAccount,
  writeLog,
} from './deployed-project.ts'
import { clientProject, terminal } from './terminal.ts'

describe.skipIf(noMinistack !== undefined)(`logs of the cloud ${noMinistack ?? ''}`, { timeout: 240_000 }, () => {
  let account: EmulatedAccount
  let deployed: DeployedProject
  const directory = writeProject(clientProject)
  const { al, start, launchesFrom, expectNoSecrets } = terminal(() => account, directory)

  beforeAll(async () => {
    account = await emulatedAccount()
    deployed = await account.deploy(directory)
  }, deployTime)
  afterAll(async () => {
    await account?.stop()
    expectNoSecrets()
  })

  const groupOf = (agent: string) => deployed.plan.agents.find(({ name }) => name === agent)?.logs ?? ''
  const line = (level: string, msg: string, fields: object = {}) =>
    JSON.stringify({ ...fields, _log: true, level, msg, ts: Date.now() })
  const taskArn = (id: string) => `arn:aws:ecs:eu-west-1:000000000000:task/${deployed.plan.names.prefix}/${id}`

  test('al run waits, shows what the task logs, and ends with its code', async () => {
    const launch = launchesFrom()
    const running = start('run', 'long', '-c', '--input', '{"issue":7}')
    const message = messageOf(await launch())
    const container = containerOf(deployed, message)
    const claim = await container.claim(taskArn('task1'))
    expect([claim.status, claim.body.input]).toEqual([200, { issue: 7 }])
    await writeLog(account, groupOf('long'), 'run/agent/task1', [
      [Date.now(), line('info', 'container starting', { agentName: 'long' })],
      [Date.now(), line('info', 'assistant', { text: 'I look for work' })],
    ])
    await running.printed('I look for work')
    await writeLog(account, groupOf('long'), 'run/agent/task1', [
      [Date.now(), line('info', 'bash', { cmd: 'git push' })],
    ])
    await container.finish({ outcome: 'error', code: 12, reason: 'nothing to push' })
    const { code, stdout } = await running.ended
    expect(code).toBe(12)
    expect(stdout.match(/I look for work|git push/g)).toEqual(['I look for work', 'git push'])
    expect(stdout).toContain(`${message.run} failed with exit code 12`)
    expect(stdout).toContain('nothing to push')
  })

  test('al logs -f of a run of a function shows its lines alone, once each, and ends with it', async () => {
    const launch = launchesFrom()
    const [one, two] = [start('run', 'short', '-c'), start('run', 'short', '-c')]
    const messages = [messageOf(await launch()), messageOf(await launch())]
    const [mine, other] = messages.map((message) => containerOf(deployed, message))
    await mine?.claim('request-mine')
    await other?.claim('request-other')
    const group = groupOf('short')
    const at = Date.now()
    const request = (id: string, ...lines: readonly string[]) =>
      [`START RequestId: ${id} Version: $LATEST`, ...lines].map((text) => [at, text] as const)
    await writeLog(
      account,
      group,
      '2026/11/21/[$LATEST]a',
      request('request-mine', line('info', 'assistant', { text: 'mine first' })),
    )
    await writeLog(
      account,
      group,
      '2026/11/21/[$LATEST]b',
      request('request-other', line('info', 'assistant', { text: 'of the other' })),
    )
    const following = start('logs', messages[0]?.run ?? '', '-c', '-f')
    await following.printed('mine first')
    // CloudWatch takes in late what has happened before.
    await writeLog(account, group, '2026/11/21/[$LATEST]a', [
      [at + 1, line('info', 'assistant', { text: 'mine then' })],
      [at + 2, 'END RequestId: request-mine'],
      [at + 2, 'REPORT RequestId: request-mine\tDuration: 2 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB'],
    ])
    await following.printed('mine then')
    await mine?.finish({ outcome: 'completed' })
    await other?.finish({ outcome: 'completed' })
    const { code, stdout, stderr } = await following.ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.match(/mine \w+|of the other|RequestId/g)).toEqual(['mine first', 'mine then'])
    expect([(await one.ended).code, (await two.ended).code]).toEqual([0, 0])

    const all = await al('logs', 'short', '-c')
    expect(all.stdout.match(/mine \w+|of the other|RequestId/g)?.sort()).toEqual([
      'mine first',
      'mine then',
      'of the other',
    ])
    for (const { run } of messages) expect(all.stdout).toContain(`── ${run} ·`)
    expect((await al('logs', 'short', '-c', '-n', '1')).stdout).toContain('mine then')
    const json = (await al('logs', 'short', '-c', '--json')).stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(json).toContainEqual(
      expect.objectContaining({ level: 30, msg: 'assistant', text: 'mine then', instance: messages[0]?.run }),
    )
    expect((await al('logs', 'short', '-c', '--raw')).stdout).toContain(
      `INFO  [${messages[0]?.run}] assistant {"text":"mine first"}`,
    )
    expect((await al('logs', 'short', '-c', '-d', '2026-01-02')).stderr).toBe('no log of agent "short" on 2026-01-02\n')
  })

  test('a function that its platform ends is seen to have failed', async () => {
    await writeLog(account, groupOf('short'), '2026/11/21/[$LATEST]c', [
      [Date.now(), 'START RequestId: request-late Version: $LATEST'],
      [
        Date.now(),
        'REPORT RequestId: request-late\tDuration: 900000.00 ms\tBilled Duration: 900000 ms\tStatus: timeout',
      ],
    ])
    expect((await al('logs', 'short', '-c')).stdout).toContain('✗ Lambda ended the function: timeout')
  })

  test('the log of the scheduler is that of both functions', async () => {
    const stamp = { timestamp: new Date().toISOString(), level: 'INFO' }
    for (const [service, message] of [
      [deployed.plan.names.scheduler, 'tick'],
      [deployed.plan.names.gateway, 'delivery'],
    ] as const) {
      await writeLog(account, `/al/demo/default/${service}`, '2026/11/21/[$LATEST]d', [
        [Date.now(), JSON.stringify({ agent: 'short', ...stamp, message })],
      ])
    }
    const { stdout } = await al('logs', '-c')
    expect(stdout).toMatch(/ tick {2}agent=short/)
    expect(stdout).toMatch(/ delivery {2}agent=short/)
    expect(stdout).not.toContain('RequestId')
  })
})
