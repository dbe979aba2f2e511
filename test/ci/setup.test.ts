import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { parse } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emulatedEnvironment, type Ministack, noMinistack, startMinistack } from '../support/ministack.ts'
import { agentFiles, al, type Files, model, scratchDirectory, writeProject } from '../support/synth-project.ts'

const bare: Files = { 'config.toml': `# Ours.\n${model}`, ...agentFiles('dev') }
const onAws: Files = { ...bare, 'config.toml': `${model}\n[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n` }
const nobody = () => emulatedEnvironment('http://localhost:9', scratchDirectory())
const configOf = (project: string) => readFileSync(join(project, 'config.toml'), 'utf8')

describe('[cloud]', () => {
  // Whoever asks, nobody answers: the file is written before.
  const setUp = (project: string, ...args: string[]) =>
    al(['setup', 'cloud', '-p', project, ...args], { env: nobody() })

  test.each([
    ['as it stands', `# Ours.\n${model}`],
    ['that does not end in a line break', `${model}# the end`],
    ['of Windows', `# Ours.\r\n${model.replaceAll('\n', '\r\n')}`],
  ])('is appended to a config.toml %s, of which every byte stays', (_, text) => {
    const project = writeProject({ ...bare, 'config.toml': text })
    setUp(project, '--provider', 'ecs', '--region', 'eu-central-1')
    const now = configOf(project)
    expect(now.startsWith(text)).toBe(true)
    expect(parse(now)).toMatchObject({ cloud: { provider: 'ecs', awsRegion: 'eu-central-1' } })
    expect(/[^\r]\n/.test(now)).toBe(!text.includes('\r\n'))
  })

  test('is left alone where it is, and flags that say something else are refused', () => {
    const project = writeProject(onAws)
    const { code, stderr } = setUp(project, '--region', 'us-west-2')
    expect(code).toBe(2)
    expect(stderr).toContain('--region us-west-2: the project has a [cloud] already, with awsRegion = "eu-west-1"')
    expect(setUp(project, '--provider', 'cloud-run').code).toBe(2)
    expect(configOf(project)).toBe(onAws['config.toml'])
  })

  test('is asked for; where nobody can answer, the flag is named and nothing is written', () => {
    const project = writeProject(bare)
    const { code, stderr } = setUp(project)
    expect(code).toBe(2)
    expect(stderr).toContain('--provider')
    expect(setUp(project, '--provider', 'ecs').stderr).toContain('--region')
    expect(setUp(project, '--provider', 'ecs', '--region', 'Frankfurt').stderr).toContain(
      '"Frankfurt" is not an AWS region',
    )
    expect(configOf(project)).toBe(bare['config.toml'])
  })

  test('of Google Cloud is written, too, before anybody is asked', () => {
    const project = writeProject(bare)
    const given = ['--provider', 'cloud-run', '--gcp-project', 'my-project', '--region', 'europe-west1']
    const env = { ...nobody(), GOOGLE_APPLICATION_CREDENTIALS: '', METADATA_SERVER_DETECTION: 'none' }
    const { code, stderr } = al(['setup', 'cloud', '-p', project, ...given], { env })
    expect([code, stderr]).toEqual([4, expect.stringContaining('no credentials for Google Cloud')])
    expect(parse(configOf(project))).toMatchObject({
      cloud: { provider: 'cloud-run', gcpProject: 'my-project', region: 'europe-west1' },
    })
  })

  test('is not written to a project that does not compile', () => {
    const project = writeProject({ ...bare, 'config.toml': `${model}scale = 0.5\n` })
    const before = configOf(project)
    expect(setUp(project, '--provider', 'ecs', '--region', 'eu-west-1').code).toBe(3)
    expect(configOf(project)).toBe(before)
  })

  test('is there when the account cannot be reached, and the exit code says which', () => {
    const project = writeProject(bare)
    const { code, stderr } = setUp(project, '--provider', 'ecs', '--region', 'eu-west-1')
    expect([code, stderr]).toEqual([5, expect.stringContaining('AWS cannot be reached')])
    const anonymous = { ...nobody(), AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
    const without = al(['setup', 'cloud', '-p', project], { env: anonymous })
    expect([without.code, without.stderr]).toEqual([4, expect.stringContaining('no AWS credentials')])
  })
})

describe.skipIf(noMinistack)(`the account${noMinistack ? ` (${noMinistack})` : ''}`, () => {
  let aws: Ministack
  let iam: IAMClient
  beforeAll(async () => {
    aws = await startMinistack()
    iam = new IAMClient(clientOptions())
  })
  afterAll(async () => {
    iam?.destroy()
    await aws?.stop()
  })
  const clientOptions = () => ({
    endpoint: aws.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const setUp = (project: string, ...args: string[]) =>
    al(['setup', 'cloud', '-p', project, '--json', ...args], { env: aws.env })
  const document = (text: string | undefined) => {
    const given = text ?? ''
    return JSON.parse(given.startsWith('{') ? given : decodeURIComponent(given))
  }
  const trustOf = async (role: string) =>
    document((await iam.send(new GetRoleCommand({ RoleName: role }))).Role?.AssumeRolePolicyDocument)

  test('is bootstrapped when that is wanted, and only then', async () => {
    const ssm = new SSMClient(clientOptions())
    const version = () => ssm.send(new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }))
    const project = writeProject(onAws)
    const left = setUp(project, '--no-bootstrap', '--yes')
    expect([left.code, JSON.parse(left.stdout)]).toMatchObject([0, { bootstrapped: false }])
    await expect(version()).rejects.toThrow()
    const { code, stdout, stderr } = setUp(project, '--yes')
    expect([code, stderr]).toEqual([0, expect.anything()])
    expect(JSON.parse(stdout)).toMatchObject({ bootstrapped: true, github: null })
    expect(Number((await version()).Parameter?.Value)).toBeGreaterThan(5)
    ssm.destroy()
  })

  test('trusts the branch of one repository to deploy and its pull requests to compare, exactly', async () => {
    const project = writeProject(onAws)
    const { code, stdout, stderr } = setUp(project, '--no-bootstrap', '--github', 'acme/agents', '--yes')
    expect([code, stderr]).toEqual([0, expect.anything()])
    const { github } = JSON.parse(stdout)
    expect(github.deployRole).toBe('arn:aws:iam::000000000000:role/al-ci/demo/default/al-demo_default-deploy')

    const subjects = { 'al-demo_default-deploy': 'ref:refs/heads/main', 'al-demo_default-diff': 'pull_request' }
    for (const [role, what] of Object.entries(subjects)) {
      expect(await trustOf(role)).toEqual({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: 'arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com' },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: {
              StringEquals: {
                'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
                'token.actions.githubusercontent.com:sub': `repo:acme/agents:${what}`,
              },
            },
          },
        ],
      })
    }
    const provider = await iam.send(
      new GetOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: 'arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com',
      }),
    )
    expect(provider.ClientIDList).toEqual(['sts.amazonaws.com'])
  })

  test('is left as it is the second time, and what somebody changed is put right', async () => {
    const project = writeProject(onAws)
    const args = ['--no-bootstrap', '--github', 'acme/agents', '--yes']
    setUp(project, ...args)
    expect(JSON.parse(setUp(project, ...args).stdout).github.done).toEqual([])
    const RoleName = 'al-demo_default-diff'
    const own = async () => (await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'own' }))).PolicyDocument
    const before = await own()
    const PolicyDocument = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }))
    expect(JSON.parse(setUp(project, ...args).stdout).github.done).toEqual([`write what role ${RoleName} may do`])
    expect(document(await own())).toEqual(document(before))
  })

  test('trusts another repository, with ids and by environment, instead of the one before', async () => {
    const project = writeProject(onAws)
    const args = ['--no-bootstrap', '--yes', '--github']
    setUp(project, ...args, 'acme/agents')
    const { stdout } = setUp(project, ...args, 'acme@12/agents@34', '--github-environment', 'production')
    expect(JSON.parse(stdout).github.done).toHaveLength(2)
    const [statement] = (await trustOf('al-demo_default-deploy')).Statement
    expect(statement.Condition.StringEquals['token.actions.githubusercontent.com:sub']).toBe(
      'repo:acme@12/agents@34:environment:production',
    )
  })

  test('keeps a role of the same name that is not ours', async () => {
    const RoleName = 'al-taken_default-deploy'
    const AssumeRolePolicyDocument = '{"Version":"2012-10-17","Statement":[]}'
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
    const project = writeProject({ ...onAws, 'config.toml': `projectName = "taken"\n${onAws['config.toml']}` })
    const { code, stderr } = setUp(project, '--no-bootstrap', '--github', 'acme/agents', '--yes')
    expect([code, stderr]).toEqual([3, expect.stringContaining('exists and is not ours')])
    expect(await trustOf(RoleName)).toEqual(JSON.parse(AssumeRolePolicyDocument))
  })

  test('trusts nothing that is no repository', () => {
    const { code, stderr } = setUp(writeProject(onAws), '--no-bootstrap', '--yes', '--github', 'acme/*')
    expect([code, stderr]).toEqual([2, expect.stringContaining('is not a repository')])
  })

  test('has to be the one that was named', () => {
    const { code, stderr } = setUp(writeProject(onAws), '--account', '123456789012', '--yes')
    expect([code, stderr]).toEqual([4, expect.stringContaining('123456789012')])
  })

  test('gives GitHub nothing without its repository: not with --yes, not because of the checkout', async () => {
    const project = writeProject({ ...onAws, 'config.toml': `projectName = "quiet"\n${onAws['config.toml']}` })
    mkdirSync(join(project, '.git'))
    writeFileSync(join(project, '.git', 'config'), '[remote "origin"]\n\turl = git@github.com:acme/agents.git\n')
    expect(JSON.parse(setUp(project, '--no-bootstrap', '--yes').stdout).github).toBeNull()
    await expect(trustOf('al-quiet_default-deploy')).rejects.toThrow()
  })
})
