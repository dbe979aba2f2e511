import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr'
import { DescribeTaskDefinitionCommand, ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs'
import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { LambdaClient, UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler'
import { SecretsManagerClient, TagResourceCommand } from '@aws-sdk/client-secrets-manager'
import { AddTagsToResourceCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Plan } from '../../core/plan/schema.ts'
import { type CiPermissions, ciPermissions } from '../../core/plan/targets/deploy-permissions.ts'
import { type AwsCall, recordingProxy } from '../support/aws-calls.ts'
import { type Ministack, noMinistack, startMinistack } from '../support/ministack.ts'
import {
  agentFiles,
  type Files,
  model,
  scratchDirectory,
  synthProject,
  writeProject,
} from '../support/synth-project.ts'
import { alBeside } from './al-beside.ts'

type Store = 'secrets-manager' | 'parameter-store'

const hooks =
  '[webhooks.hub]\ntype = "github"\ncredential = "acme"\n\n[webhooks.errors]\ntype = "sentry"\ncredential = "prod"\n'

const config = (store: Store, webhooks = hooks) =>
  `${model}\n${webhooks}\n[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\nsecretStore = "${store}"\n`

const project = (store: Store): Files => ({
  'config.toml': config(store),
  ...agentFiles('short'),
  ...agentFiles('long', 'schedule = "0 7 * * *"\ntimeout = 3600\n'),
})

const credentials: Files = {
  'anthropic_key/default/token': 'canary-model',
  'github_webhook_secret/acme/secret': 'canary-hook',
  'sentry_client_secret/prod/secret': 'canary-sentry',
}

/** What the policies grant and no command here asks for, each with its reason. */
const exceptions: Readonly<Record<string, string>> = {
  'iam:PassRole': 'no request of its own: IAM asks for it when a function or a schedule is given its role',
  'ecr:BatchCheckLayerAvailability': 'no request of its own: the registry asks for it when Docker pushes',
  'ecr:CompleteLayerUpload': 'the same',
  'ecr:InitiateLayerUpload': 'the same',
  'ecr:UploadLayerPart': 'the same',
  'ecr:BatchDeleteImage': 'only images that nobody uses any more are removed, and there are none yet: test/images',
  'ecr:GetAuthorizationToken': 'only where an image is missing and has to be built: test/images',
  'ecr:GetRepositoryPolicy': 'only where the project names a repository of its own',
  's3:PutObject': 'an image is missing, and there is no Docker: test/images',
  's3:DeleteObject': 'an image is missing, and there is no Docker: test/images',
  'codebuild:BatchGetBuilds': 'an image is missing, and there is no Docker: test/images',
  'codebuild:StartBuild': 'an image is missing, and there is no Docker: test/images',
  'codebuild:StopBuild': 'an image is missing, and there is no Docker: test/images',
  'logs:GetLogEvents': 'an image is missing, and there is no Docker: test/images',
}

/** Every policy lets a role do this, or nobody has to be let. */
const needsNoRight = /^sts:GetCallerIdentity$/

const actionsOf = (statements: CiPermissions['deploy']): Set<string> =>
  new Set(statements.flatMap(({ actions }) => actions))

/** What was asked by the caller's own hands: roles of the bootstrap stack are not ours to limit. */
const ownActions = (calls: readonly AwsCall[]): string[] =>
  [...new Set(calls.filter(({ as }) => as === undefined).map(({ action }) => action))]
    .filter((action) => !needsNoRight.test(action))
    .sort()

/** An empty account, a project for it, and a way to give commands whose requests are recorded. */
async function recordedAccount(store: Store) {
  const emulator = await startMinistack()
  const proxy = await recordingProxy(emulator.endpoint)
  const home = scratchDirectory()
  const keep = (path: string, value: string) => {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), value)
  }
  for (const [path, value] of Object.entries(credentials)) keep(path, value)
  const directory = writeProject(project(store))
  const env = { ...emulator.env, AL_CREDENTIALS_HOME: home, HOME: home }
  const { plan, out } = await synthProject(directory)
  return {
    emulator,
    plan,
    out,
    keep,
    configure: (text: string) => writeFileSync(join(directory, 'config.toml'), text),
    calls: proxy.calls,
    /** With the rights of the account's owner: nobody takes notes. */
    asOwner: (...args: string[]) => alBeside([...args, '-p', directory], env),
    recorded: (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      alBeside([...args, '-p', directory], { ...env, AWS_ENDPOINT_URL: proxy.endpoint, ...more }),
    async stop() {
      await proxy.stop()
      await emulator.stop()
    },
  }
}

type RecordedAccount = Awaited<ReturnType<typeof recordedAccount>>

/** A command that has to do what it is for: what it asked for counts only then. */
async function succeed({ recorded }: RecordedAccount, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await recorded(args)
  expect(code, `al ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0)
}

/** Secrets are pushed, changed, no longer used (one of them here alone), and used again. */
async function secretsOnce(account: RecordedAccount, store: Store, markAsShared: (id: string) => Promise<void>) {
  await account.recorded(['doctor', '-c', '--yes'])
  account.keep('anthropic_key/default/token', 'canary-another')
  const shared = account.plan.gateway.secrets.find(({ type }) => type === 'sentry_client_secret')
  await markAsShared(shared?.id ?? '')
  account.configure(config(store, ''))
  await account.recorded(['doctor', '-c', '--yes', '--prune'])
  account.configure(config(store))
  await account.recorded(['doctor', '-c', '--yes'])
}

const neighbour = { Key: 'al:used-by:al-neighbour_default', Value: 'true' }

const clientOptions = ({ endpoint }: Ministack) => ({
  endpoint,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

/** The images are there already: building them is not what this is about. */
async function publish(out: string, emulator: Ministack): Promise<void> {
  const ecr = new ECRClient(clientOptions(emulator))
  for (const file of readdirSync(out).filter((one) => one.endsWith('.assets.json'))) {
    const { dockerImages } = JSON.parse(readFileSync(join(out, file), 'utf8')) as {
      dockerImages: Record<string, { destinations: Record<string, { repositoryName: string; imageTag: string }> }>
    }
    for (const { destinations } of Object.values(dockerImages)) {
      for (const { repositoryName, imageTag } of Object.values(destinations)) {
        const name = repositoryName.replace('${AWS::AccountId}', '000000000000').replace('${AWS::Region}', 'eu-west-1')
        const imageManifest = JSON.stringify({ schemaVersion: 2, imageTag })
        await ecr.send(new PutImageCommand({ repositoryName: name, imageTag, imageManifest }))
      }
    }
  }
  ecr.destroy()
}

/** Somebody changes what is deployed, in every way that is put right again. */
async function drift(plan: Plan, emulator: Ministack): Promise<void> {
  const options = clientOptions(emulator)
  const [iam, lambda, scheduler, ecs] = [
    new IAMClient(options),
    new LambdaClient(options),
    new SchedulerClient(options),
    new ECSClient(options),
  ]
  const short = plan.agents.find(({ compute }) => compute === 'lambda')
  const long = plan.agents.find(({ compute }) => compute === 'fargate')
  if (short === undefined || long === undefined) throw new Error('the project has agents of both kinds')
  const RoleName = short.resource
  const anything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
  const anybody = anything.replace('"Resource":"*"', '"Principal":{"AWS":"*"}').replace('"*"', '"sts:AssumeRole"')
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'more', PolicyDocument: anything }))
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'own' }))
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: anybody }))
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))

  const FunctionName = short.resource
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 3000 }))
  const ImageUri = '000000000000.dkr.ecr.eu-west-1.amazonaws.com/other:1'
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ImageUri }))

  const named = { Name: short.schedules[0]?.name, GroupName: plan.names.prefix }
  const { Target, FlexibleTimeWindow, ScheduleExpression } = await scheduler.send(new GetScheduleCommand(named))
  const disabled = { ...named, Target, FlexibleTimeWindow, ScheduleExpression, State: 'DISABLED' } as const
  await scheduler.send(new UpdateScheduleCommand(disabled))

  const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: long.resource }))
  const { family, containerDefinitions, cpu, networkMode, taskRoleArn, executionRoleArn } = taskDefinition ?? {}
  const revision = { family, containerDefinitions, cpu, networkMode, taskRoleArn, executionRoleArn, memory: '8192' }
  await ecs.send(new RegisterTaskDefinitionCommand(revision))
  for (const client of [iam, lambda, scheduler, ecs]) client.destroy()
}

const skipped = noMinistack === undefined ? '' : ` (${noMinistack})`

describe.skipIf(noMinistack)(`the roles of CI${skipped}`, () => {
  let account: RecordedAccount
  let whileComparing: readonly AwsCall[]
  beforeAll(async () => {
    account = await recordedAccount('secrets-manager')
    await account.asOwner('setup', 'cloud', '--yes')
    await publish(account.out, account.emulator)
    const secrets = new SecretsManagerClient(clientOptions(account.emulator))
    await secretsOnce(account, 'secrets-manager', async (id) => {
      await secrets.send(new TagResourceCommand({ SecretId: id, Tags: [neighbour] }))
    })
    secrets.destroy()
    await succeed(account, 'deploy', '--yes')
    const before = account.calls.length
    await succeed(account, 'diff')
    whileComparing = account.calls.slice(before)
    await drift(account.plan, account.emulator)
    await succeed(account, 'doctor', '-c', '--yes')
    // The emulator's gateway is not where its address says: what is asked of AWS on the way counts.
    for (const command of [['stat'], ['logs', 'short'], ['logs']]) await account.recorded([...command, '-c'])
  }, 600_000)
  afterAll(async () => {
    await account?.stop()
  })

  test('may do all that deploying, reconciling and operating asked for', () => {
    const granted = actionsOf(ciPermissions(account.plan).deploy)
    expect(ownActions(account.calls).filter((action) => !granted.has(action))).toEqual([])
  })

  test('may do nothing that nobody asked for', () => {
    const used = new Set(ownActions(account.calls))
    const granted = [...actionsOf(ciPermissions(account.plan).deploy)]
    expect(granted.filter((action) => !used.has(action) && !(action in exceptions)).sort()).toEqual([])
    expect(Object.keys(exceptions).filter((action) => used.has(action) || !granted.includes(action))).toEqual([])
  })

  test('may, for a pull request, do what comparing asked for, and nothing else', () => {
    expect(ownActions(whileComparing)).toEqual([...actionsOf(ciPermissions(account.plan).diff)].sort())
  })

  test('take on no roles but those of the bootstrap stack', () => {
    const roles = account.calls
      .filter(({ action }) => action === 'sts:AssumeRole')
      .map(({ resource }) => resource ?? '')
    expect(roles.length).toBeGreaterThan(0)
    for (const role of roles) {
      expect(role).toMatch(
        /^arn:aws:iam::000000000000:role\/cdk-hnb659fds-(?:deploy|lookup|(?:file|image)-publishing)-role-000000000000-eu-west-1$/,
      )
    }
  })
})

describe.skipIf(noMinistack)(`the roles of CI, with secrets in Parameter Store${skipped}`, () => {
  test('may do with parameters what was asked for, and nothing else', { timeout: 120_000 }, async () => {
    const account = await recordedAccount('parameter-store')
    try {
      const ssm = new SSMClient(clientOptions(account.emulator))
      await secretsOnce(account, 'parameter-store', async (id) => {
        await ssm.send(new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: id, Tags: [neighbour] }))
      })
      ssm.destroy()
      // It reads the key, and then speaks to a gateway that is not there.
      await account.recorded(['stat', '-c'], { AL_GATEWAY_URL: 'http://localhost:9' })
      const granted = [...actionsOf(ciPermissions(account.plan).deploy)].filter((action) => action.startsWith('ssm:'))
      const asked = ownActions(account.calls).filter((action) => /^(?:ssm|secretsmanager):/.test(action))
      // Whether the account is bootstrapped is asked by a deploy.
      expect([...new Set([...asked, 'ssm:GetParameter'])].sort()).toEqual(granted.sort())
    } finally {
      await account.stop()
    }
  })
})
