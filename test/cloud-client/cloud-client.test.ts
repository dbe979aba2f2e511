import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMinistack } from '../support/ministack.ts'
import { scratchDirectory, writeProject } from '../support/synth-project.ts'
import { containerOf, messageOf } from './container.ts'
import {
  type DeployedProject,
  deployTime,
  type EmulatedAccount,
  emulatedAccount,
  gatewayKey,
  keyId,
} from './deployed-project.ts'
import { clientProject, terminal } from './terminal.ts'

describe.skipIf(noMinistack !== undefined)(
  `-c speaks to what is deployed ${noMinistack ?? ''}`,
  { timeout: 240_000 },
  () => {
    let account: EmulatedAccount
    let production: DeployedProject
    let staging: DeployedProject
    const directory = writeProject(clientProject)
    const { al, alWith, start, launchesFrom, expectNoSecrets } = terminal(() => account, directory)

    beforeAll(async () => {
      account = await emulatedAccount()
      production = await account.deploy(directory)
      staging = await account.deploy(directory, 'staging')
    }, deployTime)
    afterAll(async () => {
      await account?.stop()
      expectNoSecrets()
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
      const unknown = await alWith(nobody, 'stat', '-c')
      expect([unknown.code, unknown.stderr]).toEqual([4, expect.stringContaining('no AWS credentials')])
      const nowhere = await alWith({ AWS_ENDPOINT_URL: 'http://localhost:9' }, 'stat', '-c')
      expect([nowhere.code, nowhere.stderr]).toEqual([5, expect.stringContaining('AWS cannot be reached')])

      // The gateway looks again when a key does not fit, so another one in the store is the right one soon.
      await account.secrets.send(new PutSecretValueCommand({ SecretId: keyId, SecretString: 'two\nlines' }))
      const broken = await al('stat', '-c')
      await account.secrets.send(new PutSecretValueCommand({ SecretId: keyId, SecretString: gatewayKey }))
      expect([broken.code, broken.stderr]).toEqual([
        4,
        expect.stringContaining(`${keyId} of AWS Secrets Manager does not hold a one-line key`),
      ])
    })

    test('AL_GATEWAY_URL leads to the gateway it is meant for, or nowhere', async () => {
      const through = (url: string) => alWith({ AL_GATEWAY_URL: url }, 'stat', '-c')
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
      const stranger = await alWith({ AL_GATEWAY_URL: `http://127.0.0.1:${port}` }, 'locks', '-c')
      server.close()
      expect([stranger.code, stranger.stderr]).toEqual([
        4,
        expect.stringContaining(`does not accept the key in ${keyId}`),
      ])
      const down = await alWith({ AL_GATEWAY_URL: `http://127.0.0.1:${port}` }, 'locks', '-c')
      expect([down.code, down.stderr]).toEqual([5, expect.stringContaining('nobody answers at')])
    })

    test('al needs nothing of this machine: no host, no credentials of the project', async () => {
      const elsewhere = { AL_CREDENTIALS_HOME: scratchDirectory() }
      expect((await alWith(elsewhere, 'stat', 'long', '-c')).stdout).toContain('fargate')
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
