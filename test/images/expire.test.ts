import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { ECRClient, PutImageCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expireImages } from '../../infra/aws/images/expire-images.ts'
import { lambdaPullWarning } from '../../infra/aws/images/lambda-pulls.ts'
import { publishImages } from '../../infra/aws/images/publish-images.ts'
import { ecrRegistry, type Registry } from '../../infra/aws/images/registry.ts'
import { repositoryOf } from '../../infra/aws/images/repository.ts'
import { templates } from '../../infra/aws/images/stack-templates.ts'
import type { Publisher } from '../../infra/images/publisher.ts'
import { type Ministack, noMinistack, startMinistack } from '../support/ministack.ts'
import { synthProject } from '../support/synth-project.ts'
import { account, imageProject, newRepository, tagsIn } from './stage.ts'

if (noMinistack !== undefined) console.warn(`skipped: ${noMinistack}`)

const days = 24 * 3600 * 1000
const hash = (digit: string) => digit.repeat(64)

describe.skipIf(noMinistack !== undefined)('images in ECR', { timeout: 60_000 }, () => {
  let cloud: Ministack
  let ecr: ECRClient
  const before = process.env.AWS_ENDPOINT_URL
  beforeAll(async () => {
    cloud = await startMinistack()
    process.env.AWS_ENDPOINT_URL = cloud.endpoint
    ecr = new ECRClient(account)
  }, 60_000)
  afterAll(async () => {
    if (before === undefined) delete process.env.AWS_ENDPOINT_URL
    else process.env.AWS_ENDPOINT_URL = before
    await cloud?.stop()
  })

  const manifest = (text: string) =>
    JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.docker.distribution.manifest.v2+json', text })
  const put = (name: string, tag: string, ...more: string[]) =>
    Promise.all(
      [tag, ...more].map((imageTag) =>
        ecr.send(new PutImageCommand({ repositoryName: name, imageManifest: manifest(tag), imageTag })),
      ),
    )

  test('of what no deploy needs, only this project’s images go, and only those that no stack names', async () => {
    const { plan } = imageProject({ a: '' })
    const repository = await newRepository(cloud.endpoint, 'expire')
    const mark = (digit: string, prefix = 'al-demo_default') => `${prefix}.${hash(digit)}`
    await put('expire', hash('1'), mark('1'))
    await put('expire', hash('2'), mark('2'))
    await put('expire', hash('3'), mark('3'))
    await put('expire', hash('4'), mark('4', 'al-demo_staging'))
    await put('expire', hash('5'))
    await put('expire', hash('6'), mark('6', 'al-demo_default_x'))
    const body = { Resources: { Q: { Type: 'AWS::SQS::Queue', Properties: { QueueName: `x-${hash('2')}` } } } }
    const stacks = new CloudFormationClient(account)
    await stacks.send(new CreateStackCommand({ StackName: 'other', TemplateBody: JSON.stringify(body) }))

    const current = new Map([['agent:a', `${repository.uri}:${hash('3')}`]])
    const registry = (): Registry => ecrRegistry(account, repository)
    const at = (now: number) => ({ registry, templates, now: () => now })
    const soon = await expireImages({ plan, account, current }, at(Date.now()))
    expect(soon).toMatchObject({ removed: 0 })

    await expect
      .poll(async () => await expireImages({ plan, account, current }, at(Date.now() + 8 * days)), {
        timeout: 30_000,
      })
      .toMatchObject({ removed: 1 })
    expect(await tagsIn(cloud.endpoint, repository)).toEqual(
      [
        ...['2', '3', '4', '5', '6'].map(hash),
        ...[mark('2'), mark('3'), mark('4', 'al-demo_staging'), mark('6', 'al-demo_default_x')],
      ].sort(),
    )
  })

  test('an image that another project marked loses our mark and nothing else', async () => {
    const { plan } = imageProject({ a: '' })
    const ours = `al-demo_default.${hash('7')}`
    const removed: string[] = []
    // The emulator deletes an image with all its tags when one is taken away; ECR takes that one.
    const registry = (): Registry => ({
      ...ecrRegistry(account, repositoryOf(plan, account)),
      images: async () => [
        { tags: [hash('7'), ours, `al-demo_staging.${hash('7')}`], pushedAt: new Date(0), bytes: 1 },
        { tags: [hash('8'), `al-demo_default.${hash('8')}`], pushedAt: new Date(0), bytes: 5 },
        // It ran yesterday: whoever takes the change back, and a task that starts just now, finds it.
        { tags: [hash('9'), `al-demo_default.${hash('9')}`], pushedAt: new Date(0), pulledAt: new Date(), bytes: 7 },
      ],
      removeTags: async (tags) => void removed.push(...tags),
    })
    async function* empty() {
      yield '{}'
    }
    const effects = { registry, templates: async () => empty(), now: Date.now }
    const expired = await expireImages({ plan, account, current: new Map() }, effects)
    expect(expired).toEqual({ removed: 1, bytes: 5 })
    expect(removed).toEqual([hash('8'), ours, `al-demo_default.${hash('8')}`])
    removed.length = 0
    const unknown = { ...effects, templates: async () => 'stack x is being changed' }
    expect(await expireImages({ plan, account, current: new Map() }, unknown)).toEqual({
      removed: 0,
      bytes: 0,
      kept: 'stack x is being changed',
    })
    expect(removed).toEqual([])
  })

  test('the addresses are those of the assembly, and what is there is not published again', async () => {
    const { plan, directory } = imageProject({ a: 'RUN true', b: 'RUN true' })
    const repository = await newRepository(cloud.endpoint, 'addresses')
    const published: string[] = []
    const publisher: Publisher = {
      atOnce: 2,
      sharesLayers: false,
      async publish({ tag }) {
        published.push(tag)
        await put('addresses', tag)
      },
    }
    const effects = { registry: () => ecrRegistry(account, repository), publisher: () => publisher }
    const options = { plan, directory, account, builder: 'docker' } as const
    const uris = await publishImages(options, effects)
    const { out } = await synthProject(directory)
    const assets = readdirSync(out)
      .filter((name) => name.endsWith('.assets.json'))
      .flatMap((name) => Object.keys(JSON.parse(readFileSync(join(out, name), 'utf8')).dockerImages ?? {}))
    expect([...uris.values()].sort()).toEqual(assets.map((asset) => `${repository.uri}:${asset}`).sort())
    expect(published.sort()).toEqual(assets.sort())
    await publishImages(options, effects)
    expect(published).toHaveLength(2)
  })

  test('a build that claims success without an image is not believed', async () => {
    const { plan, directory } = imageProject({ a: 'RUN true' })
    const repository = await newRepository(cloud.endpoint, 'claims')
    const publisher: Publisher = { atOnce: 1, sharesLayers: false, publish: async () => {} }
    const effects = { registry: () => ecrRegistry(account, repository), publisher: () => publisher }
    await expect(publishImages({ plan, directory, account, builder: 'docker' }, effects)).rejects.toThrow(
      /^image "[^"]+" was built, but .* is not there$/,
    )
  })

  test('a missing repository is told with the way out, a given one without Lambda’s right with the statement to add', async () => {
    const given = 'ecrRepository = "000000000000.dkr.ecr.us-east-1.amazonaws.com/mine"\n'
    const { plan, directory } = imageProject({ a: 'RUN true' }, given)
    await expect(publishImages({ plan, directory, account, builder: 'docker' })).rejects.toThrow(
      'there is no repository "mine" in account 000000000000',
    )
    await newRepository(cloud.endpoint, 'mine')
    expect(await lambdaPullWarning(plan, account)).toContain('"Service":"lambda.amazonaws.com"')
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    }
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await ecr.send(new SetRepositoryPolicyCommand({ repositoryName: 'mine', policyText }))
    expect(await lambdaPullWarning(plan, account)).toBeUndefined()
    expect(await lambdaPullWarning(imageProject({ a: '' }).plan, account)).toBeUndefined()
  })
})
