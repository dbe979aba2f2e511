import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand, ListStacksCommand } from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr'
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMinistack } from '../support/ministack.ts'
import { agentFiles } from '../support/synth-project.ts'
import { type Cloud, cloudProject, openCloud } from './cloud.ts'

if (noMinistack !== undefined) console.warn(`test/deploy: skipped: ${noMinistack}`)

/** One project's life: each test goes on where the one before ended. */
describe.skipIf(noMinistack !== undefined)('a project in the cloud', { timeout: 180_000 }, () => {
  let cloud: Cloud
  const off = 'scale = 0\nschedule = "0 6 * * *"\n'
  const project = cloudProject('life', { ...agentFiles('one', off), ...agentFiles('two') })
  const configOf = (agent: string) => join(project, 'agents', agent, 'agent-config.toml')
  const functionOf = async (agent: string) =>
    await new LambdaClient(cloud.client).send(
      new GetFunctionConfigurationCommand({ FunctionName: `al-life_default_${agent}` }),
    )
  const stacks = async () => {
    const { StackSummaries = [] } = await new CloudFormationClient(cloud.client).send(new ListStacksCommand({}))
    const live = StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
    return new Map(live.map(({ StackName = '', StackStatus = '' }) => [StackName, StackStatus]))
  }
  const ours = async () => [...(await stacks())].filter(([name]) => name.startsWith('al-life-default'))
  const table = () => new DynamoDBClient(cloud.client)
  const keyId = 'action-llama/gateway_api_key/default/key'

  beforeAll(async () => {
    cloud = await openCloud()
  })
  afterAll(async () => {
    await cloud?.stop()
  })

  test('what changes something asks first, and names the flag where nobody can be asked', async () => {
    const { code, stdout, stderr } = await cloud.al(['deploy', '-p', project])
    expect(stdout).toContain('agent two')
    expect(stderr).toMatch(/there is no terminal to ask in: answer "Bootstrap and deploy to account .*\?" with --yes/)
    expect(code).toBe(2)
    expect(await ours()).toEqual([])
  })

  test('a dry run shows everything and changes nothing', async () => {
    const { code, stdout } = await cloud.al(['deploy', '-p', project, '--dry-run', '--json'])
    expect(code).toBe(0)
    const { deployed, changed, change } = JSON.parse(stdout)
    expect({ deployed, changed }).toEqual({ deployed: false, changed: true })
    expect(change.stacks.map(({ kind }: { kind: string }) => kind)).toEqual(['create', 'create'])
    expect((await stacks()).size).toBe(0)
  })

  test('the first deploy bootstraps the account, makes the key, and prints where webhooks go', async () => {
    // Without images in the registry nothing can be deployed that needs them: agent two comes later.
    writeFileSync(configOf('two'), off)
    const { code, stdout, stderr } = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(stderr + stdout).toMatch(/CDKToolkit: done/)
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/gateway: https:\/\/\S+/)
    expect((await stacks()).get('CDKToolkit')).toBe('CREATE_COMPLETE')
    expect((await ours()).map(([, status]) => status)).toEqual(['CREATE_COMPLETE'])
    const { Tags = [] } = await new SecretsManagerClient(cloud.client).send(
      new DescribeSecretCommand({ SecretId: keyId }),
    )
    expect(Tags.map(({ Key }) => Key)).toContain('al:created-by')
  })

  test('a deploy of what stands changes nothing', async () => {
    const proxy = await cloud.proxy()
    const { code, stdout } = await cloud.al(['deploy', '-p', project, '--yes'], { endpoint: proxy.endpoint })
    expect(stdout).toContain('nothing to deploy: the cloud matches the project')
    expect(code).toBe(0)
    expect(proxy.calls.map(({ action }) => action).filter((one) => !/:(?:Get|List|Describe)/.test(one))).toEqual([])
    expect((await cloud.al(['diff', '-p', project, '--exit-code'])).code).toBe(0)
  })

  test('an agent more: its resources come, and it may do what the plan says', async () => {
    writeFileSync(configOf('two'), 'schedule = "0 6 * * *"\n')
    await cloud.pushImages(project)
    const diff = await cloud.al(['diff', '-p', project, '--exit-code', '--json'])
    expect(diff.code).toBe(1)
    const { change } = JSON.parse(diff.stdout)
    const added = change.resources.filter(({ agent }: { agent?: string }) => agent === 'two')
    expect(added.map(({ kind, part }: { kind: string; part: string }) => [kind, part])).toEqual([
      ['add', 'Function'],
      ['add', 'Logs'],
      ['add', 'Role'],
      ['add', 'Schedule1'],
      ['add', 'Starts'],
    ])
    expect(change.rights.added.some(({ of }: { of: string }) => of === 'agent two')).toBe(true)

    const { code, stdout, stderr } = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(code, stderr + stdout).toBe(0)
    expect(await functionOf('two')).toMatchObject({ MemorySize: 2048, PackageType: 'Image' })
    await new SchedulerClient(cloud.client).send(new GetScheduleCommand({ GroupName: 'al-life_default', Name: 'two' }))
  })

  test('an agent changed: what differs is named, and nothing else is touched', async () => {
    writeFileSync(configOf('one'), 'schedule = "0 6 * * *"\n')
    expect((await cloud.al(['deploy', '-p', project, '--yes'])).code).toBe(0)
    const before = await functionOf('one')
    writeFileSync(configOf('two'), 'schedule = "0 7 * * *"\ntimeout = 300\n')
    const { code, stdout, stderr } = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(code, stderr + stdout).toBe(0)
    expect(stdout).toMatch(/agent two\n.*Function {2}Timeout/)
    const [shown = ''] = stdout.split('agents: started')
    expect(shown).not.toContain('agent one')
    expect((await functionOf('two')).Timeout).toBeLessThan(400)
    expect((await functionOf('one')).LastModified).toBe(before.LastModified)
  })

  test('an agent removed: its role and its function go', async () => {
    rmSync(join(project, 'agents/one'), { recursive: true })
    const { code, stdout, stderr } = await cloud.al(['deploy', '-p', project, '--yes', '--now'])
    expect(code, stderr + stdout).toBe(0)
    expect(stdout).toMatch(/- agent one/)
    await expect(functionOf('one')).rejects.toThrow(/not found/i)
    const role = new IAMClient(cloud.client).send(new GetRoleCommand({ RoleName: 'al-life_default_one' }))
    await expect(role).rejects.toThrow(/cannot be found|not found/i)
    await functionOf('two')
  })

  test('an environment beside it is all new, whatever stands of the other', async () => {
    mkdirSync(join(project, 'environments'))
    writeFileSync(join(project, 'environments/staging.toml'), '')
    const { code, stdout, stderr } = await cloud.al(['diff', '-p', project, '-E', 'staging', '--json'])
    expect(code, stderr).toBe(0)
    const { change } = JSON.parse(stdout)
    expect(change.stacks.map(({ kind }: { kind: string }) => kind)).toEqual(['create', 'create'])
  })

  test('destroy keeps the table and the secrets, and the next deploy takes the table back in', async () => {
    const TableName = 'al-life_default'
    const Item = { pk: { S: 'mark' }, sk: { S: 'mark' } }
    await table().send(new PutItemCommand({ TableName, Item }))
    expect((await cloud.al(['destroy', '-p', project])).code).toBe(2)
    const destroyed = await cloud.al(['destroy', '-p', project, '--yes'])
    expect(destroyed.code, destroyed.stderr).toBe(0)
    expect(destroyed.stdout).toContain('kept: table al-life_default, and all secrets')
    expect(await ours()).toEqual([])
    await new SecretsManagerClient(cloud.client).send(new DescribeSecretCommand({ SecretId: keyId }))

    const { code, stdout, stderr } = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(code, stderr + stdout).toBe(0)
    expect((await table().send(new ScanCommand({ TableName }))).Items).toEqual([Item])
  })

  test('destroy --all leaves nothing of the project', async () => {
    const { code, stderr } = await cloud.al(['destroy', '-p', project, '--yes', '--all'])
    expect(code, stderr).toBe(0)
    expect(await ours()).toEqual([])
    const described = table().send(new DescribeTableCommand({ TableName: 'al-life_default' }))
    await expect(described).rejects.toThrow(/not found/i)
    const { DeletedDate } = await new SecretsManagerClient(cloud.client)
      .send(new DescribeSecretCommand({ SecretId: keyId }))
      .catch(() => ({ DeletedDate: new Date() }))
    expect(DeletedDate).toBeDefined()
    const again = await cloud.al(['destroy', '-p', project, '--yes', '--all'])
    expect(again.stdout).toContain('nothing to remove')
    const repositoryName = 'cdk-hnb659fds-container-assets-000000000000-eu-west-1'
    const images = await new ECRClient(cloud.client).send(new DescribeImagesCommand({ repositoryName }))
    expect(images.imageDetails?.flatMap(({ imageTags = [] }) => imageTags)).toEqual([])
    await new CloudFormationClient(cloud.client).send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }))
  })
})
