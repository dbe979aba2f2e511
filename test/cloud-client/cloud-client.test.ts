import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMinistack } from '../support/ministack.ts'
import { agentFiles, model, scratchDirectory, writeProject } from '../support/synth-project.ts'
import { containerOf, messageOf } from './container.ts'
import {
  type DeployedProject,
  deployTime,
  type EmulatedAccount,
  emulatedAccount,
  gatewayKey,
  keyId,
  webhookSecret,
  writeLog,
} from './deployed-project.ts'
import type { Launch } from './launch-recorder.ts'

const project = {
  'config.toml': `${model}\n[webhooks.github]\ntype = "github"\ncredential = "acme"\n\n[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n`,
  'environments/staging.toml': '[gateway]\nlockTimeout = 600\n',
  'environments/empty.toml': '[gateway]\nlockTimeout = 600\n',
  ...agentFiles('short', 'schedule = "0 6 * * *"\nscale = 2\n[[webhooks]]\nsource = "github"\nevents = ["issues"]\n'),
  ...agentFiles('long', 'schedule = "0 6 * * *"\ntimeout = 3600\n'),
}
const printed: string[] = []

describe.skipIf(noMinistack !== undefined)(
  `-c speaks to what is deployed ${noMinistack ?? ''}`,
  { timeout: 240_000 },
  () => {
    let account: EmulatedAccount
    let production: DeployedProject
    let staging: DeployedProject
    const directory = writeProject(project)

    beforeAll(async () => {
      account = await emulatedAccount()
      production = await account.deploy(directory)
      staging = await account.deploy(directory, 'staging')
    }, deployTime)
    afterAll(async () => {
      await account?.stop()
      const all = printed.join('\n')
      expect(all).not.toContain(gatewayKey)
      expect(all).not.toContain(webhookSecret)
    })

    const start = (...args: readonly string[]) => account.al(directory, args)
    async function al(...args: readonly string[]) {
      const ended = await start(...args).ended
      printed.push(ended.stdout, ended.stderr)
      return ended
    }
    /** What AWS is asked to start from now on, one after the other. */
    function launchesFrom() {
      let next = account.launches.length
      return async (): Promise<Launch> => {
        await expect.poll(() => account.launches.length, { timeout: 20_000 }).toBeGreaterThan(next)
        const launch = account.launches[next++]
        if (launch === undefined) throw new Error('no launch')
        return launch
      }
    }
    const groupOf = ({ plan }: DeployedProject, agent: string) =>
      plan.agents.find(({ name }) => name === agent)?.logs ?? ''
    const line = (level: string, msg: string, fields: object = {}) =>
      JSON.stringify({ ...fields, _log: true, level, msg, ts: Date.now() })
    const taskArn = ({ plan }: DeployedProject, id: string) =>
      `arn:aws:ecs:eu-west-1:000000000000:task/${plan.names.prefix}/${id}`

    test('al run waits, shows what the task logs, and ends with its code', async () => {
      const launch = launchesFrom()
      const running = start('run', 'long', '-c', '--input', '{"issue":7}')
      const message = messageOf(await launch())
      const container = containerOf(production, message)
      const claim = await container.claim(taskArn(production, 'task1'))
      expect([claim.status, claim.body.input]).toEqual([200, { issue: 7 }])
      await writeLog(account, groupOf(production, 'long'), 'run/agent/task1', [
        [Date.now(), line('info', 'container starting', { agentName: 'long' })],
        [Date.now(), line('info', 'assistant', { text: 'I look for work' })],
      ])
      await running.printed('I look for work')
      await writeLog(account, groupOf(production, 'long'), 'run/agent/task1', [
        [Date.now(), line('info', 'bash', { cmd: 'git push' })],
      ])
      await container.finish({ outcome: 'error', code: 12, reason: 'nothing to push' })
      const { code, stdout, stderr } = await running.ended
      printed.push(stdout, stderr)
      expect(code).toBe(12)
      expect(stdout.match(/I look for work|git push/g)).toEqual(['I look for work', 'git push'])
      expect(stdout).toContain(`${message.run} failed with exit code 12`)
      expect(stdout).toContain('nothing to push')
    })

    test('al logs -f of a run of a function shows its lines alone, once each, and ends with it', async () => {
      const launch = launchesFrom()
      const [one, two] = [start('run', 'short', '-c'), start('run', 'short', '-c')]
      const messages = [messageOf(await launch()), messageOf(await launch())]
      const [mine, other] = messages.map((message) => containerOf(production, message))
      await mine?.claim('request-mine')
      await other?.claim('request-other')
      const group = groupOf(production, 'short')
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
      printed.push(stdout, stderr)
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
      expect((await al('logs', 'short', '-c', '-d', '2026-01-02')).stderr).toBe(
        'no log of agent "short" on 2026-01-02\n',
      )
    })

    test('a function that its platform ends is seen to have failed', async () => {
      await writeLog(account, groupOf(staging, 'short'), '2026/11/21/[$LATEST]c', [
        [Date.now(), 'START RequestId: request-late Version: $LATEST'],
        [
          Date.now(),
          'REPORT RequestId: request-late\tDuration: 900000.00 ms\tBilled Duration: 900000 ms\tStatus: timeout',
        ],
      ])
      expect((await al('logs', 'short', '-c', '-E', 'staging')).stdout).toContain(
        '✗ Lambda ended the function: timeout',
      )
    })

    test('what is done to one environment does not touch the other', async () => {
      expect((await al('pause', '-c', '-E', 'staging')).stdout).toContain('`al resume -E staging -c`')
      expect(JSON.parse((await al('stat', '-c', '--json')).stdout).scheduler).toMatchObject({
        environment: 'default',
        paused: false,
      })
      expect((await al('stat', '-c', '-E', 'staging')).stdout).toContain(
        'PAUSED: nothing starts before `al resume -E staging -c`',
      )
      expect((await al('run', 'short', '-c', '-E', 'staging')).stderr).toContain('is paused')
      await al('resume', '-c', '-E', 'staging')

      const launch = launchesFrom()
      const running = start('run', 'short', '-c', '-E', 'staging')
      const launched = await launch()
      expect(launched.path).toContain(`/functions/${staging.plan.names.prefix}_short/`)
      const id = messageOf(launched).run
      expect(JSON.parse((await al('stat', '-c', '--json')).stdout).running).toBe(0)
      expect((await al('kill', id, '-c')).stderr).toContain(`there is no run "${id}"`)
      expect((await al('kill', id, '-c', '-E', 'staging')).stdout).toContain(`run ${id} is killed`)
      expect((await running.ended).code).toBe(137)

      const again = launchesFrom()
      const retried = await al('retry', id, '-c', '-E', 'staging')
      expect(retried.stdout).toContain('-E staging -c`')
      const container = containerOf(staging, messageOf(await again()))
      await container.claim('request-retry')
      expect((await container.acquire('github issue acme/app#1')).body).toMatchObject({ ok: true })
      expect((await al('locks', '-c', '-E', 'staging')).stdout).toContain('github issue acme/app#1')
      expect((await al('locks', '-c')).stdout).toBe('no lock is held\n')
      expect((await al('calls', '-c', '-E', 'staging')).stdout).toBe('no agent has called another one\n')
      expect((await al('kill', 'short', '-c', '-E', 'staging')).stdout).toContain('1 run told to stop')
      await container.finish({ outcome: 'killed' })
    })

    test('the log of the scheduler is that of both functions', async () => {
      const stamp = { timestamp: new Date().toISOString(), level: 'INFO' }
      for (const [service, message] of [
        [production.plan.names.scheduler, 'tick'],
        [production.plan.names.gateway, 'delivery'],
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

    test.each([
      [
        ['stat', '-c', '-E', 'empty'],
        5,
        /nothing is deployed for demo \(empty\) in account 000000000000, eu-west-1: `al deploy -E empty`/,
      ],
      [['stop', '-c'], 2, /nothing to stop in the cloud.*`al pause -c`/],
      [['run', 'short', '-c', '--runtime', 'process'], 2, /--runtime is for runs on this machine/],
      [['run', 'shrot', '-c'], 3, /did you mean "short"/],
      [['logs', 'shrot', '-c'], 3, /did you mean "short"/],
      [['kill', 'short-00000000000000000000', '-c'], 1, /there is no run/],
      [['stat', '-c', '-E', 'nowhere'], 3, /environment "nowhere" is not defined/],
    ])('%j is refused', async (args, code, why) => {
      const ended = await al(...args)
      expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(why)])
    })

    test('without credentials, and with a key that does not fit, it says so', async () => {
      const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
      const unknown = await account.al(directory, ['stat', '-c'], nobody).ended
      expect([unknown.code, unknown.stderr]).toEqual([4, expect.stringContaining('no AWS credentials')])
      const nowhere = await account.al(directory, ['stat', '-c'], { AWS_ENDPOINT_URL: 'http://localhost:9' }).ended
      expect([nowhere.code, nowhere.stderr]).toEqual([5, expect.stringContaining('AWS cannot be reached')])

      // The gateway looks again when a key does not fit, so another one in the store is the right one soon.
      await account.secrets.send(new PutSecretValueCommand({ SecretId: keyId, SecretString: 'two\nlines' }))
      const broken = await al('stat', '-c')
      await account.secrets.send(new PutSecretValueCommand({ SecretId: keyId, SecretString: gatewayKey }))
      expect([broken.code, broken.stderr]).toEqual([
        4,
        expect.stringContaining(`${keyId} of AWS Secrets Manager holds no key`),
      ])
    })

    test('AL_GATEWAY_URL leads to the gateway it is meant for, or nowhere', async () => {
      const through = (url: string) => account.al(directory, ['stat', '-c'], { AL_GATEWAY_URL: url }).ended
      expect((await through(production.reachable)).code).toBe(0)
      const other = await through(staging.reachable)
      expect([other.code, other.stderr]).toEqual([
        3,
        expect.stringContaining('the gateway of demo (staging), and this is demo (default)'),
      ])
      const plain = await through('http://gateway.example.com')
      expect([plain.code, plain.stderr]).toEqual([3, expect.stringContaining('must be the https:// address')])
    })

    test('a gateway that does not know the key is told from one that is down', async () => {
      const server = createServer((_, response) => response.writeHead(401).end('{"error":"Unauthorized"}'))
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const { port } = server.address() as AddressInfo
      const stranger = await account.al(directory, ['locks', '-c'], { AL_GATEWAY_URL: `http://127.0.0.1:${port}` })
        .ended
      server.close()
      expect([stranger.code, stranger.stderr]).toEqual([
        4,
        expect.stringContaining(`does not accept the key in ${keyId}`),
      ])
      const down = await account.al(directory, ['locks', '-c'], { AL_GATEWAY_URL: `http://127.0.0.1:${port}` }).ended
      expect([down.code, down.stderr]).toEqual([5, expect.stringContaining('nobody answers at')])
      printed.push(stranger.stderr, down.stderr)
    })

    test('al needs nothing of this machine: no host, no credentials of the project', async () => {
      const elsewhere = { AL_CREDENTIALS_HOME: scratchDirectory() }
      expect((await account.al(directory, ['stat', 'long', '-c'], elsewhere).ended).stdout).toContain('fargate')
    })

    test('al destroy ends what runs before what it runs on goes away, in its environment alone', async () => {
      const launch = launchesFrom()
      const here = start('run', 'short', '-c')
      await launch()
      const there = start('run', 'short', '-c', '-E', 'staging')
      await launch()
      const { code, stderr } = await al('destroy', '-E', 'staging', '--yes')
      expect(stderr).toContain('killing 1 run')
      expect(code, stderr).toBe(0)
      expect((await there.ended).code).not.toBe(0)
      expect(JSON.parse((await al('stat', '-c', '--json')).stdout).running).toBe(1)
      expect((await al('stat', '-c', '-E', 'staging')).stderr).toContain('nothing is deployed for demo (staging)')
      await al('kill', 'short', '-c')
      await here.ended
    })
  },
)
