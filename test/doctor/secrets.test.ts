import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import {
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cloud, openCloud } from '../deploy/cloud.ts'
import { type GoogleSite, openGoogleSite } from '../support/google/google-site.ts'
import { noMinistack } from '../support/ministack.ts'
import { agentFiles, type Ended, model, scratchDirectory, writeProject } from '../support/synth-project.ts'

if (noMinistack !== undefined) console.warn(`test/doctor: skipped on AWS: ${noMinistack}`)

/** A secret store, asked with the plain SDK. */
interface Plain {
  ids(): Promise<string[]>
  value(id: string): Promise<string | undefined>
  tags(id: string): Promise<Record<string, string>>
  /** As somebody in the console would. */
  write(id: string, value: string, isNew?: boolean): Promise<void>
}

const absent = (error: Error) => {
  if (/NotFound|InvalidRequest/.test(error.name)) return undefined
  throw error
}
const record = (tags: readonly { Key?: string; Value?: string }[] = []) =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))

function inSecretsManager({ client }: Cloud): Plain {
  const sm = new SecretsManagerClient(client)
  return {
    ids: async () => {
      const { SecretList = [] } = await sm.send(new ListSecretsCommand({}))
      return SecretList.filter(({ DeletedDate }) => !DeletedDate).map(({ Name = '' }) => Name)
    },
    value: async (SecretId) => (await sm.send(new GetSecretValueCommand({ SecretId })).catch(absent))?.SecretString,
    tags: async (SecretId) => record((await sm.send(new DescribeSecretCommand({ SecretId }))).Tags),
    write: async (id, SecretString, isNew = false) => {
      if (isNew) await sm.send(new CreateSecretCommand({ Name: id, SecretString }))
      else await sm.send(new PutSecretValueCommand({ SecretId: id, SecretString }))
    },
  }
}

function inParameterStore({ client }: Cloud): Plain {
  const ssm = new SSMClient(client)
  return {
    ids: async () => {
      const { Parameters = [] } = await ssm.send(new DescribeParametersCommand({}))
      return Parameters.map(({ Name = '' }) => Name)
    },
    value: async (Name) => {
      const found = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true })).catch(absent)
      if (found?.Parameter !== undefined) expect(found.Parameter.Type).toBe('SecureString')
      return found?.Parameter?.Value
    },
    tags: async (ResourceId) =>
      record((await ssm.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId }))).TagList),
    write: async (Name, Value) => {
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true }))
    },
  }
}

function inSecretManager({ google: { secrets } }: GoogleSite): Plain {
  return {
    ids: async () => [...secrets.secrets.keys()],
    value: async (id) => secrets.value(id),
    tags: async (id) => ({ ...secrets.secrets.get(id)?.annotations, ...secrets.secrets.get(id)?.labels }),
    write: async (id, value) => void secrets.put(id, value),
  }
}

/** A cloud with one of its stores, and `al` as a user of it. */
interface Stored {
  readonly store: Plain
  al(args: readonly string[], options: { readonly env: Readonly<Record<string, string>> }): Promise<Ended>
  stop(): Promise<void>
}

interface Kind {
  readonly name: string
  readonly skip: boolean
  open(): Promise<Stored>
  /** The table of the project. */
  readonly cloud: string
  readonly prefix: string
  /** Between the parts of a secret's id. */
  readonly between: string
}

const onAws = (name: string, plain: (cloud: Cloud) => Plain, prefix: string): Kind => ({
  name,
  skip: noMinistack !== undefined,
  prefix,
  between: '/',
  cloud: `provider = "ecs"\nawsRegion = "eu-west-1"\nsecretStore = "${name}"\n`,
  async open() {
    const cloud = await openCloud()
    return { store: plain(cloud), al: cloud.al, stop: () => cloud.stop() }
  },
})

const kinds: readonly Kind[] = [
  onAws('secrets-manager', inSecretsManager, 'action-llama'),
  onAws('parameter-store', inParameterStore, '/action-llama'),
  {
    name: 'secret-manager',
    skip: false,
    prefix: 'action-llama',
    between: '--',
    cloud: 'provider = "cloud-run"\ngcpProject = "acme-cloud"\nregion = "europe-west1"\n',
    async open() {
      const site = await openGoogleSite()
      return { store: inSecretManager(site), al: (args, { env }) => site.al(args, env), stop: site.stop }
    },
  },
]

for (const kind of kinds)
  describe.skipIf(kind.skip)(kind.name, { timeout: 600_000 }, () => {
    let cloud: Stored
    let store: Plain
    const config = `projectName = "keys"\n${model}
[webhooks.github]
type = "github"
credential = "acme"
[cloud]
${kind.cloud}`
    const dev = (credentials: string) => `schedule = "0 6 * * *"\ncredentials = [${credentials}]\n`
    const project = writeProject({
      'config.toml': config,
      ...agentFiles('dev', dev('"github_token"')),
      ...agentFiles('idle', 'scale = 0\nschedule = "0 6 * * *"\ncredentials = ["linear_token"]\n'),
    })
    const home = scratchDirectory()
    const keep = (path: string, value: string) => {
      mkdirSync(dirname(join(home, path)), { recursive: true })
      writeFileSync(join(home, path), value)
    }
    const printed: string[] = []
    const doctor = async (...args: string[]) => {
      const env = { AL_CREDENTIALS_HOME: home }
      const { code, stdout, stderr } = await cloud.al(['doctor', '-c', '-p', project, '--json', ...args], { env })
      printed.push(stdout, stderr)
      const report = stdout === '' ? undefined : JSON.parse(stdout)
      const actions = Object.fromEntries(
        (report?.secrets ?? []).map((one: { id: string; action: string }) => [
          one.id.slice(kind.prefix.length + kind.between.length).replaceAll(kind.between, '/'),
          one.action,
        ]),
      )
      return { code, stderr, report, actions }
    }
    const id = (path: string) => [kind.prefix, ...path.split('/')].join(kind.between)

    beforeAll(async () => {
      cloud = await kind.open()
      store = cloud.store
      keep('anthropic_key/default/token', 'canary-model\n')
      keep('github_token/default/token', 'canary-github')
      keep('sentry_token/default/token', 'canary-unused')
    }, 600_000)
    afterAll(async () => {
      await cloud?.stop()
    })

    test('before the first deploy: what is here is pushed, the rest is named, and the end is 4', async () => {
      const look = await doctor('--check')
      expect(look.code).toBe(4)
      expect(await store.ids()).toEqual([])
      const { code, stderr, report, actions } = await doctor('--yes')
      expect(report.deployed).toBe(false)
      expect(actions).toEqual({
        'anthropic_key/default/token': 'push',
        'gateway_api_key/default/key': 'make',
        'github_token/default/token': 'push',
        'github_webhook_secret/acme/secret': 'missing',
      })
      expect(code).toBe(4)
      expect(stderr).toMatch(
        /neither on this machine nor in the cloud.*\n {2}github_webhook_secret:acme secret, for webhook source "github"/,
      )
      expect(await store.value(id('github_token/default/token'))).toBe('canary-github')
      expect(await store.value(id('anthropic_key/default/token'))).toBe('canary-model')
      const key = readFileSync(join(home, 'gateway_api_key/default/key'), 'utf8').trim()
      expect(await store.value(id('gateway_api_key/default/key'))).toBe(key)
      // Neither what nothing refers to, nor what only an agent that is off does.
      expect((await store.ids()).sort()).toEqual(
        ['anthropic_key/default/token', 'gateway_api_key/default/key', 'github_token/default/token'].map(id),
      )
    })

    test('a second run does nothing and says so', async () => {
      keep('github_webhook_secret/acme/secret', 'canary-hook')
      expect((await doctor('--yes')).report.done).toEqual([`pushed ${id('github_webhook_secret/acme/secret')}`])
      const before = await store.tags(id('github_webhook_secret/acme/secret'))
      const { code, report, actions } = await doctor()
      expect(code).toBe(0)
      expect(report.done).toEqual([])
      expect(new Set(Object.values(actions))).toEqual(new Set(['keep']))
      expect(await store.tags(id('github_webhook_secret/acme/secret'))).toEqual(before)
    })

    test('only what has changed is pushed, here or there', async () => {
      keep('github_token/default/token', 'canary-github-2')
      await store.write(id('anthropic_key/default/token'), 'canary-somebody')
      const look = await doctor('--check')
      expect(look.code).toBe(5)
      expect(look.report.done).toEqual([])
      const { code, report } = await doctor('--yes')
      expect(code).toBe(0)
      expect(report.done).toEqual([
        `pushed ${id('anthropic_key/default/token')}`,
        `pushed ${id('github_token/default/token')}`,
      ])
      expect(await store.value(id('anthropic_key/default/token'))).toBe('canary-model')
      expect(await store.value(id('github_token/default/token'))).toBe('canary-github-2')
      expect((await doctor('--check')).code).toBe(0)
    })

    test('what only the cloud has is left alone', async () => {
      rmSync(join(home, 'github_token'), { recursive: true })
      const { code, actions } = await doctor('--check')
      expect({ code, action: actions['github_token/default/token'] }).toEqual({ code: 0, action: 'keep' })
    })

    test('pruning removes what nothing refers to any more, and nothing that others use or have made', async () => {
      const env = { AL_CREDENTIALS_HOME: home }
      await store.write(id('slack_token/mine/token'), 'canary-by-hand', true)
      // Another environment refers to the same token; it is marked, not copied.
      const other = writeProject({ 'config.toml': config, ...agentFiles('dev', dev('"github_token", "sentry_token"')) })
      expect((await cloud.al(['doctor', '-c', '-p', project, '--yes'], { env })).code).toBe(0)
      const twin = writeProject({ ...twinFiles(config) })
      const shared = await cloud.al(['doctor', '-c', '-p', twin, '--yes', '--json'], { env })
      expect(JSON.parse(shared.stdout).done).toContain(`marked ${id('github_token/default/token')}`)
      // This project stops using both of its tokens: one is its own, one is of the twin as well.
      expect((await cloud.al(['doctor', '-c', '-p', other, '--yes'], { env })).code).toBe(0)
      expect(await store.value(id('sentry_token/default/token'))).toBe('canary-unused')
      writeFileSync(join(other, 'agents/dev/agent-config.toml'), 'schedule = "0 6 * * *"\n')
      const kept = await cloud.al(['doctor', '-c', '-p', other, '--yes', '--json'], { env })
      expect(JSON.parse(kept.stdout).leftovers).toEqual([])
      expect((await cloud.al(['doctor', '-c', '-p', other, '--prune', '--check'], { env })).code).toBe(5)
      const pruned = await cloud.al(['doctor', '-c', '-p', other, '--prune', '--yes', '--json'], { env })
      printed.push(pruned.stdout, pruned.stderr)
      expect(JSON.parse(pruned.stdout).done).toEqual([
        `left ${id('github_token/default/token')} to others`,
        `removed ${id('sentry_token/default/token')}`,
      ])
      expect(await store.value(id('sentry_token/default/token'))).toBeUndefined()
      expect(await store.value(id('github_token/default/token'))).toBe('canary-github-2')
      expect(await store.value(id('slack_token/mine/token'))).toBe('canary-by-hand')
      // What was pruned can be pushed again.
      writeFileSync(join(other, 'agents/dev/agent-config.toml'), dev('"sentry_token"'))
      expect((await cloud.al(['doctor', '-c', '-p', other, '--yes'], { env })).code).toBe(0)
      expect(await store.value(id('sentry_token/default/token'))).toBe('canary-unused')
    })

    test('no value is printed, or stands in a tag', async () => {
      for (const one of await store.ids()) {
        if (one.startsWith(kind.prefix)) expect(JSON.stringify(await store.tags(one))).not.toContain('canary')
      }
      expect(printed.length).toBeGreaterThan(8)
      expect(printed.join('\n')).not.toContain('canary')
      expect(printed.join('\n')).not.toContain(readFileSync(join(home, 'gateway_api_key/default/key'), 'utf8').trim())
    })
  })

const twinFiles = (config: string) => ({
  'config.toml': config.replace('"keys"', '"twin"'),
  ...agentFiles('dev', 'schedule = "0 6 * * *"\ncredentials = ["github_token"]\n'),
})
