import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { CodeBuildClient, CreateProjectCommand, DeleteProjectCommand } from '@aws-sdk/client-codebuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../docker/engine.ts'
import { noMinistack } from '../support/ministack.ts'
import { agentFiles } from '../support/synth-project.ts'
import { type Cloud, cloudConfig, cloudProject, openCloud } from './cloud.ts'

const found = await findEngine()

/** What goes wrong says what it was, and the next deploy goes on from there. */
describe.skipIf(noMinistack !== undefined)('a deploy that fails', { timeout: 240_000 }, () => {
  let cloud: Cloud
  const off = 'scale = 0\n'
  const statusOf = async (name: string) => {
    const client = new CloudFormationClient(cloud.client)
    const found = await client.send(new DescribeStacksCommand({ StackName: name })).catch(() => ({ Stacks: [] }))
    return found.Stacks?.[0]?.StackStatus
  }

  beforeAll(async () => {
    cloud = await openCloud({ LAMBDA_ACCOUNT_CONCURRENCY: '12' })
  })
  afterAll(async () => {
    await cloud?.stop()
  })

  test('expired credentials end it with 4, before anything was asked or changed', async () => {
    const project = cloudProject('expired', agentFiles('one', off))
    const proxy = await cloud.proxy(() => ({
      status: 403,
      code: 'ExpiredToken',
      message: 'The security token is expired',
    }))
    const { code, stderr } = await cloud.al(['deploy', '-p', project, '--yes'], { endpoint: proxy.endpoint })
    expect(stderr).toMatch(/error: the AWS credentials have expired \(ExpiredToken\): sign in again/)
    expect(code).toBe(4)
  })

  test('no credentials at all end it with 4, and the message says how to get some', async () => {
    const project = cloudProject('nobody', agentFiles('one', off))
    const env = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
    const { code, stderr } = await cloud.al(['diff', '-p', project], { env })
    expect(stderr).toMatch(/error: no AWS credentials .*AWS_PROFILE/)
    expect(code).toBe(4)
  })

  test('an account that may run fewer functions at once than the project is told of before the question', async () => {
    const project = cloudProject('many', agentFiles('one', 'schedule = "0 6 * * *"\nscale = 20\n'))
    const { code, stderr } = await cloud.al(['deploy', '-p', project, '--dry-run'])
    expect(stderr).toMatch(/warning: the account may run 12 functions at once, and this project up to 22/)
    expect(code).toBe(0)
  })

  test('no network ends it with 5', async () => {
    const project = cloudProject('alone', agentFiles('one', off))
    const { code, stderr } = await cloud.al(['deploy', '-p', project, '--yes'], { endpoint: await nobodyListens() })
    expect(stderr).toMatch(/error: AWS cannot be reached/)
    expect(code).toBe(5)
  })

  test('a service that is throttled for a while is asked again', async () => {
    const project = cloudProject('patient', agentFiles('one', off))
    const asked = new Map<string, number>()
    const proxy = await cloud.proxy(({ action }) => {
      const times = (asked.get(action) ?? 0) + 1
      asked.set(action, times)
      return times <= 1 ? { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' } : undefined
    })
    const { code, stderr, stdout } = await cloud.al(['deploy', '-p', project, '--yes'], { endpoint: proxy.endpoint })
    expect(code, stderr + stdout).toBe(0)
    expect(await statusOf('CDKToolkit')).toBe('CREATE_COMPLETE')
    expect(asked.get('cloudformation:CreateChangeSet')).toBeGreaterThan(1)
  })

  test('a service that everybody in the account keeps busy is waited for', async () => {
    const project = cloudProject('busy', agentFiles('one', off))
    let asked = 0
    const throttled = { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' }
    const proxy = await cloud.proxy(({ action }) =>
      action === 'cloudformation:ListStacks' && ++asked <= 4 ? throttled : undefined,
    )
    const { code, stderr } = await cloud.al(['diff', '-p', project], { endpoint: proxy.endpoint })
    expect(code, stderr).toBe(0)
    expect(asked).toBe(5)
  })

  test('credentials that expire in the middle leave a state that the next deploy goes on from', async () => {
    const project = cloudProject('midway', agentFiles('one', off))
    const proxy = await cloud.proxy(({ action }) =>
      /ExecuteChangeSet|CreateStack/.test(action)
        ? { status: 403, code: 'ExpiredToken', message: 'expired' }
        : undefined,
    )
    const failed = await cloud.al(['deploy', '-p', project, '--yes'], { endpoint: proxy.endpoint })
    expect(failed.stderr).toMatch(/credentials have expired/)
    expect(failed.code).toBe(4)
    const { code, stderr } = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(code, stderr).toBe(0)
  })

  test('a resource that fails is named, with the reason; once that is mended, the next deploy makes the stack anew', async () => {
    const project = cloudProject('stuck', agentFiles('one'))
    await cloud.pushImages(project)
    const out = join(project, '../out')
    const plan = JSON.parse((await cloud.al(['synth', '-p', project, '--json', '-o', out])).stdout)
    const { stack } = plan.names
    const { name } = plan.builder
    // Somebody else has the name of the project that builds images.
    const builds = new CodeBuildClient(cloud.client)
    await builds.send(
      new CreateProjectCommand({
        name,
        source: { type: 'NO_SOURCE', buildspec: 'version: 0.2' },
        artifacts: { type: 'NO_ARTIFACTS' },
        environment: { type: 'LINUX_CONTAINER', image: 'x', computeType: 'BUILD_GENERAL1_SMALL' },
        serviceRole: 'arn:aws:iam::000000000000:role/x',
      }),
    )
    const failed = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(failed.stderr).toMatch(/ {2}\w+ \(AWS::CodeBuild::Project \w+\): CodeBuild project already exists/)
    expect(failed.stderr).toContain(`fix the cause, and \`al deploy -p ${project}\` goes on from there`)
    expect(failed.code).toBe(5)
    expect(await statusOf(stack)).toBe('ROLLBACK_COMPLETE')

    await builds.send(new DeleteProjectCommand({ name }))
    const { code, stderr, stdout } = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(code, stderr + stdout).toBe(0)
    // The table was kept by the first attempt, and taken back in by the second.
    expect(await statusOf(stack)).toMatch(/^(?:CREATE|IMPORT|UPDATE)_COMPLETE$/)
    expect((await cloud.al(['diff', '-p', project, '--exit-code'])).code).toBe(0)
  })

  test('without Docker, a project that insists on it is refused before anything is changed', async () => {
    const project = cloudProject('docker', agentFiles('one'))
    writeFileSync(join(project, 'config.toml'), `${cloudConfig}build = "docker"\n`)
    const env = { DOCKER_HOST: await nobodyListens().then((url) => url.replace('http', 'tcp')) }
    const { code, stderr } = await cloud.al(['deploy', '-p', project, '--yes'], { env })
    expect(stderr).toMatch(/error: Docker does not answer .*build = "codebuild"/)
    expect(code).toBe(1)
    rmSync(project, { recursive: true })
  })

  test.skipIf(found === undefined)('images are built first: a build that fails has changed nothing', async () => {
    const project = cloudProject('unbuilt', {
      ...agentFiles('one'),
      'agents/one/Dockerfile': 'FROM al-agent\nRUN echo the linter is not to be had && false\n',
    })
    writeFileSync(join(project, 'config.toml'), `${cloudConfig}build = "docker"\n`)
    const plan = JSON.parse((await cloud.al(['synth', '-p', project, '--json'])).stdout)
    const env = { AL_BASE_IMAGE: found?.baseImage ?? '' }
    const { code, stderr } = await cloud.al(['deploy', '-p', project, '--yes'], { env })
    expect(stderr).toMatch(/error: .*agent:one/)
    expect(code).toBe(1)
    expect(await statusOf(plan.names.stack)).toBe(undefined)
    rmSync(project, { recursive: true })
  })

  test('a webhook source that anybody could use is refused', async () => {
    const project = cloudProject('open', {
      'config.toml': `${cloudConfig}\n[webhooks.gh]\ntype = "github"\n`,
      ...agentFiles('one', off),
    })
    const { code, stderr } = await cloud.al(['deploy', '-p', project, '--yes'])
    expect(stderr).toMatch(/error: webhook source "gh" would answer 401 to everything: give each a credential/)
    expect(code).toBe(3)
  })
})

/** An address on loopback where nobody listens. */
async function nobodyListens(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://localhost:${address.port}`
}
